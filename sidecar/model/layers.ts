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
 * Several projections whose matrices are stacked in one `weight` [count * out, in]. The weight is split and not the
 * result, because it is the smaller and its copy the cheaper.
 */
export function stackedLinear(parent: Module, name: string, options: { rows: Value; count: number }): Value[] {
	const { rows, count } = options;
	return parent.within(name, (module) => {
		const biases = module.optional("bias");
		const parts = biases === undefined ? [] : split(biases, count, 0);
		const terms = loraTerms(module, rows, count);
		return split(module.parameter("weight"), count, 0).map((weight, i) => {
			const result = linearMap(rows, weight, parts[i]);
			return terms === undefined ? result : add(result, terms[i]!);
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
	const [input, gate] = stackedLinear(parent, name, { rows, count: 2 }) as [Value, Value];
	return mul(activation(input), gate);
}
