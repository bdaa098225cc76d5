import { gelu, mul, relu, sigmoid } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { Activation } from "./config.ts";

/** The activation functions by their Hugging Face names. */
export const activations: Readonly<Record<Activation, (x: Value) => Value>> = {
	gelu: (x) => gelu(x, "none"), // x Phi(x), Hendrycks and Gimpel 2016
	gelu_new: (x) => gelu(x, "tanh"), // its tanh approximation, as in GPT-2
	relu,
	silu: (x) => mul(x, sigmoid(x)),
};
