/** The tensors of an encoder with its masked-LM head: names, shapes and how each starts. */
import { createRandom } from "../base/random.ts";
import { type EncoderConfig, positionOffset } from "./config.ts";

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

/** Every parameter of the model, in the order of the forward pass. The decoder matrix is the token embedding. */
export function parameterSpecs(config: EncoderConfig): ParameterSpec[] {
	return config.architecture === "modernbert" ? modernBertSpecs(config) : bertSpecs(config);
}

/** The starting values, drawn for each parameter from a stream of its own so that one does not depend on another. */
export function initialParameters(config: EncoderConfig, seed: number): Map<string, Float32Array> {
	const values = new Map<string, Float32Array>();
	for (const spec of parameterSpecs(config)) {
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

/** The prefix of the encoder's parameters: "bert", "roberta" or "model". */
export function encoderPrefix(config: EncoderConfig): string {
	return config.architecture === "modernbert" ? "model" : config.architecture;
}

/** The name of the token embedding [vocabulary, hidden], which the masked-LM head is tied to. */
export function tokenEmbeddingName(config: EncoderConfig): string {
	return config.architecture === "modernbert"
		? "model.embeddings.tok_embeddings.weight"
		: `${config.architecture}.embeddings.word_embeddings.weight`;
}

function bertSpecs(config: EncoderConfig): ParameterSpec[] {
	const make = specMakers(config);
	const { hiddenSize: hidden, intermediateSize: inner, vocabularySize } = config;
	const gated = config.feedForward === "geglu" ? 2 : 1;
	const embeddings = `${encoderPrefix(config)}.embeddings`;
	const specs = [make.embedding(tokenEmbeddingName(config), vocabularySize)];
	if (config.positionEmbedding === "absolute") {
		const rows = config.maxPositions + positionOffset(config);
		specs.push(make.embedding(`${embeddings}.position_embeddings.weight`, rows));
	}
	if (config.typeVocabularySize > 0) {
		specs.push(make.embedding(`${embeddings}.token_type_embeddings.weight`, config.typeVocabularySize));
	}
	specs.push(...make.norm(`${embeddings}.LayerNorm`));
	for (let layer = 0; layer < config.layers; layer++) {
		const path = `${encoderPrefix(config)}.encoder.layer.${layer}`;
		for (const name of ["query", "key", "value"]) {
			specs.push(...make.linear(`${path}.attention.self.${name}`, [hidden, hidden]));
		}
		specs.push(...make.linear(`${path}.attention.output.dense`, [hidden, hidden], { residual: true }));
		specs.push(...make.norm(`${path}.attention.output.LayerNorm`));
		specs.push(...make.linear(`${path}.intermediate.dense`, [gated * inner, hidden], { blocks: gated }));
		specs.push(...make.linear(`${path}.output.dense`, [hidden, inner], { residual: true }));
		specs.push(...make.norm(`${path}.output.LayerNorm`));
	}
	if (config.architecture === "roberta") {
		specs.push(...make.linear("lm_head.dense", [hidden, hidden]));
		specs.push(...make.norm("lm_head.layer_norm"), make.bias("lm_head.bias", vocabularySize));
		return specs;
	}
	specs.push(...make.linear("cls.predictions.transform.dense", [hidden, hidden]));
	specs.push(...make.norm("cls.predictions.transform.LayerNorm"));
	specs.push(make.bias("cls.predictions.bias", vocabularySize));
	return specs;
}

function modernBertSpecs(config: EncoderConfig): ParameterSpec[] {
	const make = specMakers(config);
	const { hiddenSize: hidden, intermediateSize: inner, vocabularySize } = config;
	const gated = config.feedForward === "geglu" ? 2 : 1;
	const specs = [make.embedding(tokenEmbeddingName(config), vocabularySize)];
	if (config.positionEmbedding === "absolute") {
		specs.push(make.embedding("model.embeddings.position_embeddings.weight", config.maxPositions));
	}
	specs.push(make.scale("model.embeddings.norm.weight"));
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
	specs.push(make.weight("head.dense.weight", [hidden, hidden]), make.scale("head.norm.weight"));
	specs.push(make.bias("decoder.bias", vocabularySize));
	return specs;
}

interface WeightTraits {
	/** Whether the output is added to the residual stream. */
	readonly residual?: boolean;
	readonly blocks?: number;
}

/** Makers of the specs of one configuration; a weight is [out, in], as in torch.nn.Linear. */
function specMakers(config: EncoderConfig) {
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
		scale: (name: string) => vector(name, hidden, "ones"),
		bias: (name: string, length: number) => vector(name, length, "zeros"),
		linear: (path: string, shape: [number, number], traits: WeightTraits = {}) => [
			weight(`${path}.weight`, shape, traits),
			vector(`${path}.bias`, shape[0], "zeros"),
		],
		norm: (path: string) => [vector(`${path}.weight`, hidden, "ones"), vector(`${path}.bias`, hidden, "zeros")],
		embedding: (name: string, rows: number): ParameterSpec => ({
			name,
			shape: [rows, hidden],
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
