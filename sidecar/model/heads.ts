/** What stands on an encoder: the masked-language-model head. */
import { gather, linear as linearMap, slice } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { activations } from "./activations.ts";
import { couple } from "./adapters/layers.ts";
import type { EncoderConfig } from "./config.ts";
import { layerNorm, linear } from "./layers.ts";
import { rootModule } from "./module.ts";
import { encoderPrefix, headNames, tokenEmbeddingName } from "./names.ts";

/** The rows [count, hidden] of `hidden` [batch * length, hidden] at flat `positions` [count] int32. */
export function rowsAt(hidden: Value, positions: Value): Value {
	return gather(hidden, positions);
}

/**
 * Logits [rows, vocabulary] of hidden rows [rows, hidden]: LN(act(x W + b)) E^T + c, where the decoder E is the token
 * embedding or, untied, a matrix of its own, and what an invertible adapter did to the embeddings is undone before it. Give it the masked rows alone (`EncoderInputs.at`): the other rows' logits cost a
 * quarter of a step and add nothing.
 */
export function maskedLmHead(config: EncoderConfig, parameters: ReadonlyMap<string, Value>, rows: Value): Value {
	return tokenLogits(config, parameters, headTransform(config, parameters, rows));
}

/** Its second half: logits [rows, vocabulary] of what `headTransform` gives. */
export function tokenLogits(config: EncoderConfig, parameters: ReadonlyMap<string, Value>, normal: Value): Value {
	const names = headNames[config.architecture];
	const root = rootModule(normal.graph, parameters, { adapter: config.adapter });
	const decoded = root.within(encoderPrefix(config), (encoder) => couple(encoder, normal, "backward"));
	const decoder = root.parameter(config.ownDecoder ? names.decoder : tokenEmbeddingName(config));
	const bias = root.parameter(names.bias);
	return normal.graph.scope(names.bias, () => linearMap(decoded, decoder, bias)); // [rows, vocabulary]
}

/**
 * The head's transform LN(act(x W + b)), [rows, embedding]. Of rows [rows, units] that are the first units of hidden
 * ones it takes the first columns of W alone, as if the missing units were 0 (Zhuang et al. 2024, section 3.2).
 */
export function headTransform(config: EncoderConfig, parameters: ReadonlyMap<string, Value>, rows: Value): Value {
	const names = headNames[config.architecture];
	const root = rootModule(rows.graph, parameters);
	const units = rows.shape[1]!;
	const transformed =
		units === config.hiddenSize
			? linear(root, names.dense, rows)
			: root.within(names.dense, (dense) =>
					linearMap(rows, slice(dense.parameter("weight"), 1, 0, units), dense.optional("bias")),
				);
	const active = activations[names.activation ?? config.activation](transformed);
	return layerNorm(root, names.norm, active, config);
}
