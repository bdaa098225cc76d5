/** What stands on an encoder: the masked-language-model head. */
import { gather, linear as linearMap } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { Activation, EncoderConfig } from "./config.ts";
import { activations, layerNorm, linear } from "./layers.ts";
import { rootModule } from "./module.ts";
import { tokenEmbeddingName } from "./parameters.ts";

/** The rows [count, hidden] of `hidden` [batch * length, hidden] at flat `positions` [count] int32. */
export function rowsAt(hidden: Value, positions: Value): Value {
	return gather(hidden, positions);
}

/**
 * Logits [rows, vocabulary] of hidden rows [rows, hidden]: LN(act(x W + b)) E^T + c with the token embedding E as
 * decoder. Give it the masked rows alone (`rowsAt`): the other rows' logits cost a quarter of a step and add nothing.
 */
export function maskedLmHead(config: EncoderConfig, parameters: ReadonlyMap<string, Value>, rows: Value): Value {
	const names = headNames(config);
	const root = rootModule(rows.graph, parameters);
	const normal = root.within(names.module, (module) => {
		const active = activations[names.activation](linear(module, "dense", rows));
		return layerNorm(module, names.norm, active, config);
	});
	const [decoder, bias] = [root.parameter(tokenEmbeddingName(config)), root.parameter(names.bias)];
	return rows.graph.scope(names.bias, () => linearMap(normal, decoder, bias));
}

/** Where an architecture keeps its head. */
function headNames(config: EncoderConfig): { module: string; norm: string; bias: string; activation: Activation } {
	const { activation } = config;
	switch (config.architecture) {
		case "bert":
			return { module: "cls.predictions.transform", norm: "LayerNorm", bias: "cls.predictions.bias", activation };
		case "roberta": // its head is GELU whatever the encoder has
			return { module: "lm_head", norm: "layer_norm", bias: "lm_head.bias", activation: "gelu" };
		case "modernbert":
			return { module: "head", norm: "norm", bias: "decoder.bias", activation };
	}
}
