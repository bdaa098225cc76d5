/** The layers that encoders are made of: functions of a module's parameters and of rows [rows, width]. */
import { gelu, layerNormalization, linear as linearMap, mul, relu, sigmoid, split } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { Activation, EncoderConfig } from "./config.ts";
import type { Module } from "./module.ts";

/** x W^T + b with `weight` [out, in] and, where the module has one, `bias` [out], as torch.nn.Linear. */
export function linear(parent: Module, name: string, rows: Value): Value {
	return parent.within(name, (module) => linearMap(rows, module.parameter("weight"), module.optional("bias")));
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
 * The inner half of a feed-forward layer after its first projection: the activation, or for a gated layer
 * act(first half) times the second half (GEGLU, Shazeer 2020; ModernBERT's order).
 */
export function activate(projected: Value, config: EncoderConfig): Value {
	const activation = activations[config.activation];
	if (config.feedForward === "mlp") return activation(projected);
	const [input, gate] = split(projected, 2, 1) as [Value, Value];
	return mul(activation(input), gate);
}
