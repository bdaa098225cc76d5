/** The tensors of an encoder with its masked-LM head: names, shapes and how each starts. */
import { createRandom } from "../base/random.ts";
import { adapterSpecsAt } from "./adapters/parameters.ts";
import { adapterPlaces } from "./adapters/places.ts";
import { type DebertaConfig, type EncoderConfig, embeddingWidth, positionOffset } from "./config.ts";
import {
	encoderPrefix,
	headNames,
	layerNames,
	relativeBiasName,
	relativeProjections,
	tokenEmbeddingName,
} from "./names.ts";

export interface ParameterSpec {
	/** The Hugging Face state-dict name: also the graph input, the checkpoint key and what panels ask for. */
	readonly name: string;
	readonly shape: readonly number[];
	readonly init: { readonly kind: "normal"; readonly std: number } | { readonly kind: "zeros" | "ones" };
	/** Whether weight decay applies: to matrices, not to biases and norms. */
	readonly decay: boolean;
	/** Whether this is a matrix between hidden units, which Muon may take; embeddings are not. */
	readonly matrix: boolean;
	/** How many matrices of equal size are stacked along the rows: 3 in a fused query-key-value projection. */
	readonly blocks: number;
}

/** Every parameter of the model, in the order of the forward pass, and those of its adapter. A tied decoder is the token embedding, once. */
export function parameterSpecs(config: EncoderConfig): ParameterSpec[] {
	return [...baseSpecs(config), ...adapterSpecs(config)];
}

/** The parameters of the model without its adapter. */
export function baseSpecs(config: EncoderConfig): ParameterSpec[] {
	const { relativePositionBuckets: buckets, heads } = config;
	const specs = config.architecture === "modernbert" ? modernBertSpecs(config) : postNormSpecs(config);
	if (buckets === undefined) return specs;
	const name = `${encoderPrefix(config)}.${relativeBiasName}`;
	return [specMakers(config).embedding(name, [buckets, heads]), ...specs];
}

/** The parameters of the model's adapter; none where it has none. */
export function adapterSpecs(config: EncoderConfig): ParameterSpec[] {
	return config.adapter === undefined ? [] : adapterSpecsAt(config.adapter, adapterPlaces(config));
}

/** The starting values, drawn for each parameter from a stream of its own so that one does not depend on another. */
export function initialParameters(specs: readonly ParameterSpec[], seed: number): Map<string, Float32Array> {
	const values = new Map<string, Float32Array>();
	for (const spec of specs) {
		const data = new Float32Array(spec.shape.reduce((product, length) => product * length, 1));
		if (spec.init.kind === "ones") data.fill(1);
		if (spec.init.kind === "normal") {
			const random = createRandom(seed, fnv1a(spec.name));
			for (let i = 0; i < data.length; i++) data[i] = spec.init.std * random.normal();
		}
		values.set(spec.name, data);
	}
	return values;
}

/** The number of distances with an embedding of their own, to one side. */
export function relativeSpan({ positionBuckets, maxRelativePositions }: DebertaConfig): number {
	return positionBuckets > 0 ? positionBuckets : maxRelativePositions;
}

function postNormSpecs(config: Exclude<EncoderConfig, { architecture: "modernbert" }>): ParameterSpec[] {
	const make = specMakers(config);
	const { hiddenSize: hidden, intermediateSize: inner } = config;
	const gated = config.feedForward === "geglu" ? 2 : 1;
	const names = layerNames[config.architecture];
	const specs = embeddingSpecs(config);
	for (let layer = 0; layer < config.layers; layer++) {
		const path = `${encoderPrefix(config)}.${names.layers}.${layer}`;
		const attention = `${path}.${names.attention}`;
		for (const name of [names.query, names.key, names.value]) {
			specs.push(...make.linear(`${attention}.${name}`, [hidden, hidden]));
		}
		if (config.architecture === "deberta-v2" && !config.sharedRelativeKeys) {
			const own = config.relativeAttention.map((term) => relativeProjections[term]);
			specs.push(...own.flatMap((name) => make.linear(`${attention}.${name}`, [hidden, hidden])));
		}
		specs.push(...make.linear(`${path}.${names.mixed}`, [hidden, hidden], { residual: true }));
		specs.push(...make.norm(`${path}.${names.attentionNorm}`));
		specs.push(...make.linear(`${path}.${names.expand}`, [gated * inner, hidden], { blocks: gated }));
		specs.push(...make.linear(`${path}.${names.contract}`, [hidden, inner], { residual: true }));
		specs.push(...make.norm(`${path}.${names.norm}`));
	}
	if (config.architecture === "deberta-v2") {
		const path = `${encoderPrefix(config)}.encoder`;
		specs.push(make.embedding(`${path}.rel_embeddings.weight`, [2 * relativeSpan(config), hidden]));
		if (config.relativeNorm) specs.push(...make.norm(`${path}.LayerNorm`));
	}
	return [...specs, ...headSpecs(config)];
}

/** Token, position and type embeddings, their norm, and what takes them to the hidden units where these are more. */
function embeddingSpecs(config: EncoderConfig): ParameterSpec[] {
	const make = specMakers(config);
	const [width, hidden] = [embeddingWidth(config), config.hiddenSize];
	const prefix = encoderPrefix(config);
	const embeddings = `${prefix}.embeddings`;
	const specs = [make.embedding(tokenEmbeddingName(config), [config.vocabularySize, width])];
	if (config.positionEmbedding === "absolute") {
		const rows = config.maxPositions + positionOffset(config);
		specs.push(make.embedding(`${embeddings}.position_embeddings.weight`, [rows, width]));
	}
	if (config.typeVocabularySize > 0) {
		specs.push(make.embedding(`${embeddings}.token_type_embeddings.weight`, [config.typeVocabularySize, width]));
	}
	const isDeberta = config.architecture === "deberta-v2";
	if (isDeberta && width !== hidden) specs.push(make.weight(`${embeddings}.embed_proj.weight`, [hidden, width]));
	specs.push(...make.norm(`${embeddings}.LayerNorm`, isDeberta ? hidden : width));
	if (!isDeberta && width !== hidden) specs.push(...make.linear(`${prefix}.embeddings_project`, [hidden, width]));
	return specs;
}

function headSpecs(config: EncoderConfig): ParameterSpec[] {
	const make = specMakers(config);
	const names = headNames[config.architecture];
	const [width, hidden] = [embeddingWidth(config), config.hiddenSize];
	const hasBiases = config.architecture !== "modernbert";
	const specs = hasBiases
		? [...make.linear(names.dense, [width, hidden]), ...make.norm(names.norm, width)]
		: [make.weight(`${names.dense}.weight`, [width, hidden]), make.scale(`${names.norm}.weight`, width)];
	if (config.ownDecoder) specs.push(make.embedding(names.decoder, [config.vocabularySize, width]));
	return [...specs, make.bias(names.bias, config.vocabularySize)];
}

function modernBertSpecs(config: EncoderConfig): ParameterSpec[] {
	const make = specMakers(config);
	const { hiddenSize: hidden, intermediateSize: inner } = config;
	const width = embeddingWidth(config);
	const gated = config.feedForward === "geglu" ? 2 : 1;
	const specs = [make.embedding(tokenEmbeddingName(config), [config.vocabularySize, width])];
	if (config.positionEmbedding === "absolute") {
		specs.push(make.embedding("model.embeddings.position_embeddings.weight", [config.maxPositions, width]));
	}
	specs.push(make.scale("model.embeddings.norm.weight", width));
	// Without a bias, as the rest; behind the norm, as in ELECTRA.
	if (width !== hidden) specs.push(make.weight("model.embeddings_project.weight", [hidden, width]));
	for (let layer = 0; layer < config.layers; layer++) {
		const path = `model.layers.${layer}`;
		if (layer > 0) specs.push(make.scale(`${path}.attn_norm.weight`)); // the embedding is normalised already
		specs.push(make.weight(`${path}.attn.Wqkv.weight`, [3 * hidden, hidden], { blocks: 3 }));
		specs.push(make.weight(`${path}.attn.Wo.weight`, [hidden, hidden], { residual: true }));
		specs.push(make.scale(`${path}.mlp_norm.weight`));
		specs.push(make.weight(`${path}.mlp.Wi.weight`, [gated * inner, hidden], { blocks: gated }));
		specs.push(make.weight(`${path}.mlp.Wo.weight`, [hidden, inner], { residual: true }));
	}
	specs.push(make.scale("model.final_norm.weight"));
	return [...specs, ...headSpecs(config)];
}

interface WeightTraits {
	/** Whether the output is added to the residual stream. */
	readonly residual?: boolean;
	readonly blocks?: number;
}

/** Makers of the specs of one configuration; a weight is [out, in], as in torch.nn.Linear. */
export function specMakers(config: EncoderConfig) {
	const { initializer, hiddenSize: hidden } = config;
	const std = (fanIn: number, residual: boolean): number => {
		if (initializer !== "fanIn") return initializer.std;
		return (fanIn * (residual ? 2 * config.layers : 1)) ** -0.5;
	};
	const vector = (name: string, length: number, kind: "zeros" | "ones"): ParameterSpec => {
		return { name, shape: [length], init: { kind }, decay: false, matrix: false, blocks: 1 };
	};
	const weight = (name: string, shape: [number, number], traits: WeightTraits = {}): ParameterSpec => ({
		name,
		shape,
		init: { kind: "normal", std: std(shape[1], traits.residual ?? false) },
		decay: true,
		matrix: true,
		blocks: traits.blocks ?? 1,
	});
	return {
		weight,
		scale: (name: string, width = hidden) => vector(name, width, "ones"),
		bias: (name: string, length: number) => vector(name, length, "zeros"),
		linear: (path: string, shape: [number, number], traits: WeightTraits = {}) => [
			weight(`${path}.weight`, shape, traits),
			vector(`${path}.bias`, shape[0], "zeros"),
		],
		norm: (path: string, width = hidden) => [
			vector(`${path}.weight`, width, "ones"),
			vector(`${path}.bias`, width, "zeros"),
		],
		embedding: (name: string, shape: [number, number]): ParameterSpec => ({
			name,
			shape,
			// A norm follows the embedding, and the tied decoder wants small logits at the start: 0.02 in both schemes.
			init: { kind: "normal", std: initializer === "fanIn" ? 0.02 : initializer.std },
			decay: true,
			matrix: false,
			blocks: 1,
		}),
	};
}

/** The 32-bit FNV-1a hash of a name's UTF-16 code units. */
function fnv1a(name: string): number {
	let hash = 0x811c9dc5;
	for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
	return hash >>> 0;
}
