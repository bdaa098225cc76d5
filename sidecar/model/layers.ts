/** The layers that encoders are made of: functions of a module's parameters and of rows [rows, width]. */
import { gelu, layerNormalization, linear as linearMap, mul, relu, sigmoid, split } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { Activation, EncoderConfig } from "./config.ts";
import type { Module } from "./module.ts";

/** x W^T + b with `weight` [out, in] and, where the module has one, `bias` [out], as torch.nn.Linear. */
export function linear(parent: Module, name: string, rows: Value): Value {
	return parent.within(name, (module) => linearMap(rows, module.parameter("weight"), module.optional("bias")));
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
		return split(module.parameter("weight"), count, 0).map((weight, i) => linearMap(rows, weight, parts[i]));
	});
}

/** Layer normalisation over the last axis (Ba et al. 2016) with `weight` and, where the module has one, `bias`. */
export function layerNorm(parent: Module, name: string, rows: Value, config: EncoderConfig): Value {
	return parent.within(name, (module) =>
		layerNormalization(rows, module.parameter("weight"), module.optional("bias"), config.layerNormEps),
	);
}

/** The activation functions by their Hugging Face names. */
export const activations: Readonly<Record<Activation, (x: Value) => Value>> = {
	gelu: (x) => gelu(x, "none"), // x Phi(x), Hendrycks and Gimpel 2016
	gelu_new: (x) => gelu(x, "tanh"), // its tanh approximation, as in GPT-2
	relu,
	silu: (x) => mul(x, sigmoid(x)),
};

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
