/**
 * Encoders of post-norm layers over embeddings: BERT (Devlin et al. 2019), RoBERTa (Liu et al. 2019), DistilBERT (Sanh
 * et al. 2019), ELECTRA (Clark et al. 2020) and DeBERTa-v2 and v3 (He et al. 2021).
 */
import { add, gather, reshape, slice } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { bottleneck, couple } from "./adapters/layers.ts";
import { type AttentionContext, attend, splitHeads } from "./attention.ts";
import { type EncoderConfig, positionOffset } from "./config.ts";
import { type DistanceRows, disentangledScores, distanceRows } from "./disentangled.ts";
import { attentionContext, type EncoderInputs, inputEmbeddings, withFirst } from "./inputs.ts";
import { expandRows, layerNorm, linear } from "./layers.ts";
import type { Module } from "./module.ts";
import { layerNames, type PostNormArchitecture } from "./names.ts";
import { type ReadRows, readRows } from "./readRows.ts";

/** The encoder under `module` (such as "bert"): rows [batch * length, hidden], or those that are read. */
export function postNormEncoder(module: Module, inputs: EncoderInputs, config: EncoderConfig): Value {
	const names = layerNames[config.architecture as PostNormArchitecture];
	const distances = config.architecture === "deberta-v2" ? distanceRows(module, inputs, config) : undefined;
	let rows = withFirst(embed(module, inputs, config), inputs);
	for (let layer = 0; layer < config.layers; layer++) {
		const context = attentionContext(inputs, config, layer);
		const options = { config, context, names, distances, read: readRows(inputs, config, layer) };
		rows = module.within(`${names.layers}.${layer}`, (child) => encoderLayer(child, rows, options));
	}
	return rows;
}

/** Token, position and type embeddings, summed, normalised and as wide as the hidden units: [batch * length, hidden]. */
function embed(module: Module, inputs: EncoderInputs, config: EncoderConfig): Value {
	const count = inputs.positions.shape[0]! * inputs.positions.shape[1]!;
	const isWidened = module.optional("embeddings.embed_proj.weight") !== undefined;
	const normal = module.within("embeddings", (embeddings) => {
		let sum = inputEmbeddings(inputs, embeddings.parameter("word_embeddings.weight"));
		const positions = embeddings.optional("position_embeddings.weight");
		if (positions !== undefined) {
			const offset = positionOffset(config);
			const ids = reshape(inputs.positions, [count]);
			sum = add(sum, gather(positions, offset === 0 ? ids : add(ids, offset)));
		}
		const types = embeddings.optional("token_type_embeddings.weight");
		if (types !== undefined) sum = add(sum, slice(types, 0, 0, 1)); // one text per row: every token is of type 0
		// DeBERTa widens before its norm, ELECTRA behind it. The coupling works at the width of the embeddings.
		if (isWidened) sum = linear(embeddings, "embed_proj", couple(module, sum, "forward"));
		return layerNorm(embeddings, "LayerNorm", sum, config);
	});
	const coupled = isWidened ? normal : couple(module, normal, "forward");
	const isNarrow = module.optional("embeddings_project.weight") !== undefined;
	return isNarrow ? linear(module, "embeddings_project", coupled) : coupled;
}

/**
 * x = LN(x + attention(x)); x = LN(x + feedForward(x)). A bottleneck reads the normalised sum and is added before the norm:
 * with h = feedForward(x), LN(x + h + bottleneck(LN(x + h))) (AdapterHub's Pfeiffer configuration).
 */
function encoderLayer(module: Module, rows: Value, options: LayerOptions): Value {
	const { config, names, read } = options;
	const mixed = module.within(names.attention, (attention) => selfAttention(attention, rows, options));
	const sumOfRead = add(read.kept(rows), linear(module, names.mixed, read.mixed(mixed)));
	const attended = layerNorm(module, names.attentionNorm, sumOfRead, config);
	const active = expandRows(module, names.expand, { rows: attended, config });
	const sum = add(attended, linear(module, names.contract, active));
	const adapted = bottleneck(module, names.adapters, {
		rows: sum,
		read: () => layerNorm(module, names.norm, sum, config),
	});
	const normal = layerNorm(module, names.norm, adapted, config);
	module.observe(names.norm, normal);
	return normal;
}

interface LayerOptions {
	readonly config: EncoderConfig;
	readonly context: AttentionContext;
	readonly names: (typeof layerNames)[PostNormArchitecture];
	/** Of disentangled attention. */
	readonly distances: DistanceRows | undefined;
	readonly read: ReadRows;
}

function selfAttention(module: Module, rows: Value, options: LayerOptions): Value {
	const { config, context, names, distances, read } = options;
	const project = (name: string, of: Value): Value => splitHeads(linear(module, name, of), config, context);
	const query = project(names.query, read.asking(rows));
	const heads = { query, key: project(names.key, rows), value: project(names.value, rows) };
	const further = distances === undefined ? undefined : disentangledScores(module, heads, distances);
	return attend(module, heads, { ...context, asking: read.places }, further);
}
