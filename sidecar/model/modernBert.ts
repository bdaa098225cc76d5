/** ModernBERT (Warner et al. 2024): pre-norm layers without biases, rotary positions, GeGLU, alternating windows. */
import { add, gather, reshape } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { bottleneck, couple } from "./adapters/layers.ts";
import { type AttentionContext, attend, splitHeads } from "./attention.ts";
import type { EncoderConfig } from "./config.ts";
import { attentionContext, type EncoderInputs, inputEmbeddings, withFirst } from "./inputs.ts";
import { expandRows, layerNorm, linear, stackedLinear } from "./layers.ts";
import type { Module } from "./module.ts";
import { modernBertAdapters } from "./names.ts";
import { type ReadRows, readRows } from "./readRows.ts";

/** The encoder under `module` ("model"): rows [batch * length, hidden], or those that are read. */
export function modernBertEncoder(module: Module, inputs: EncoderInputs, config: EncoderConfig): Value {
	const embedded = module.within("embeddings", (embeddings) => embed(embeddings, inputs, config));
	const coupled = couple(module, embedded, "forward");
	const isNarrow = module.optional("embeddings_project.weight") !== undefined;
	const wide = isNarrow ? linear(module, "embeddings_project", coupled) : coupled;
	let rows = withFirst(wide, inputs);
	for (let layer = 0; layer < config.layers; layer++) {
		const context = attentionContext(inputs, config, layer);
		const options = { config, context, read: readRows(inputs, config, layer) };
		rows = module.within(`layers.${layer}`, (child) => encoderLayer(child, rows, options));
		module.observe(`layers.${layer}`, rows);
	}
	return layerNorm(module, "final_norm", rows, config);
}

/** Normalised token embeddings [batch * length, embedding]. */
function embed(module: Module, inputs: EncoderInputs, config: EncoderConfig): Value {
	const count = inputs.positions.shape[0]! * inputs.positions.shape[1]!;
	const tokens = inputEmbeddings(inputs, module.parameter("tok_embeddings.weight"));
	const positions = module.optional("position_embeddings.weight");
	const sum = positions === undefined ? tokens : add(tokens, gather(positions, reshape(inputs.positions, [count])));
	return layerNorm(module, "norm", sum, config);
}

/** x = x + attention(LN(x)); x = x + feedForward(LN(x)); the first layer's input is normalised already. A bottleneck comes last. */
function encoderLayer(module: Module, rows: Value, options: LayerOptions): Value {
	const { config, context, read } = options;
	const isFirst = module.optional("attn_norm.weight") === undefined;
	const normal = isFirst ? rows : layerNorm(module, "attn_norm", rows, config);
	const attended = module.within("attn", (attention) => {
		const parts = stackedLinear(attention, "Wqkv", [read.asking(normal), normal, normal]);
		const [query, key, value] = parts.map((part) => splitHeads(part, config, context)) as [Value, Value, Value];
		const mixed = attend(attention, { query, key, value }, { ...context, asking: read.places });
		return add(read.kept(rows), linear(attention, "Wo", read.mixed(mixed)));
	});
	const second = layerNorm(module, "mlp_norm", attended, config);
	const sum = module.within("mlp", (mlp) =>
		add(attended, linear(mlp, "Wo", expandRows(mlp, "Wi", { rows: second, config }))),
	);
	return bottleneck(module, modernBertAdapters, { rows: sum, read: () => sum });
}

interface LayerOptions {
	readonly config: EncoderConfig;
	readonly context: AttentionContext;
	readonly read: ReadRows;
}
