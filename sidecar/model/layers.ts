/** The layers that encoders are made of: functions of a module's parameters and of rows [rows, width]. */
import { add, layerNormalization, linear as linearMap, mul, split } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { activations } from "./activations.ts";
import { loraTerms } from "./adapters/layers.ts";
import type { EncoderConfig } from "./config.ts";
import type { Module } from "./module.ts";

/** x W^T + b with `weight` [out, in] and, where the module has one, `bias` [out], as torch.nn.Linear; LoRA's term besides. */
export function linear(parent: Module, name: string, rows: Value): Value {
	return parent.within(name, (module) => {
		const result = linearMap(rows, module.parameter("weight"), module.optional("bias"));
		const [term] = loraTerms(module, rows, 1) ?? [];
		return term === undefined ? result : add(result, term);
	});
}

/**
 * Several projections, one of each of `inputs`, whose matrices are stacked in one `weight` [count * out, in]. The weight
 * is split and not the result, because it is the smaller and its copy the cheaper.
 */
export function stackedLinear(parent: Module, name: string, inputs: readonly Value[]): Value[] {
	const count = inputs.length;
	return parent.within(name, (module) => {
		const biases = module.optional("bias");
		const parts = biases === undefined ? [] : split(biases, count, 0);
		const terms = new Map([...new Set(inputs)].map((rows) => [rows, loraTerms(module, rows, count)]));
		return split(module.parameter("weight"), count, 0).map((weight, i) => {
			const result = linearMap(inputs[i]!, weight, parts[i]);
			const term = terms.get(inputs[i]!)?.[i];
			return term === undefined ? result : add(result, term);
		});
	});
}

/** Layer normalisation over the last axis (Ba et al. 2016) with `weight` and, where the module has one, `bias`. */
export function layerNorm(parent: Module, name: string, rows: Value, config: EncoderConfig): Value {
	return parent.within(name, (module) =>
		layerNormalization(rows, module.parameter("weight"), module.optional("bias"), config.layerNormEps),
	);
}

/**
 * The first projection of a feed-forward layer, named `name`, and its activation; for a gated layer act(x A^T) times
 * x B^T with A over B in one weight (GEGLU, Shazeer 2020; ModernBERT's order).
 */
export function expandRows(parent: Module, name: string, options: { rows: Value; config: EncoderConfig }): Value {
	const { rows, config } = options;
	const activation = activations[config.activation];
	if (config.feedForward === "mlp") return activation(linear(parent, name, rows));
	const [input, gate] = stackedLinear(parent, name, [rows, rows]) as [Value, Value];
	return mul(activation(input), gate);
}
