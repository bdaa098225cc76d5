/** BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019): post-norm layers over absolute positions. */
import { add, gather, reshape, slice } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { type AttentionContext, attend, splitHeads } from "./attention.ts";
import { type EncoderConfig, positionOffset } from "./config.ts";
import { attentionContext, type EncoderInputs } from "./inputs.ts";
import { expandRows, layerNorm, linear } from "./layers.ts";
import type { Module } from "./module.ts";

/** The encoder under `module` ("bert" or "roberta"): rows [batch * length, hidden]. */
export function bertEncoder(module: Module, inputs: EncoderInputs, config: EncoderConfig): Value {
	let rows = module.within("embeddings", (embeddings) => embed(embeddings, inputs, config));
	for (let layer = 0; layer < config.layers; layer++) {
		const context = attentionContext(inputs, config, layer);
		rows = module.within(`encoder.layer.${layer}`, (child) => encoderLayer(child, rows, { config, context }));
	}
	return rows;
}

/** Token, position and type embeddings, summed and normalised: [batch * length, hidden]. */
function embed(module: Module, inputs: EncoderInputs, config: EncoderConfig): Value {
	const count = inputs.inputIds.shape[0]! * inputs.inputIds.shape[1]!;
	let sum = gather(module.parameter("word_embeddings.weight"), reshape(inputs.inputIds, [count]));
	const positions = module.optional("position_embeddings.weight");
	if (positions !== undefined) {
		const offset = positionOffset(config);
		const ids = reshape(inputs.positions, [count]);
		sum = add(sum, gather(positions, offset === 0 ? ids : add(ids, offset)));
	}
	const types = module.optional("token_type_embeddings.weight");
	if (types !== undefined) sum = add(sum, slice(types, 0, 0, 1)); // one text per row: every token is of type 0
	return layerNorm(module, "LayerNorm", sum, config);
}

/** x = LN(x + attention(x)); x = LN(x + feedForward(x)). */
function encoderLayer(module: Module, rows: Value, options: LayerOptions): Value {
	const mixed = module.within("attention.self", (self) => selfAttention(self, rows, options));
	const attended = module.within("attention.output", (output) =>
		layerNorm(output, "LayerNorm", add(rows, linear(output, "dense", mixed)), options.config),
	);
	const active = module.within("intermediate", (intermediate) =>
		expandRows(intermediate, "dense", { rows: attended, config: options.config }),
	);
	return module.within("output", (output) => {
		const sum = add(attended, linear(output, "dense", active));
		const normal = layerNorm(output, "LayerNorm", sum, options.config);
		output.observe("LayerNorm", normal);
		return normal;
	});
}

interface LayerOptions {
	readonly config: EncoderConfig;
	readonly context: AttentionContext;
}

function selfAttention(module: Module, rows: Value, { config, context }: LayerOptions): Value {
	const project = (name: string): Value => splitHeads(linear(module, name, rows), config, context);
	return attend(module, { query: project("query"), key: project("key"), value: project("value") }, context);
}
