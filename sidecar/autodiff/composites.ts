import { composite } from "./composite.ts";
import {
	abs,
	add,
	exp,
	log,
	matMul,
	max,
	mul,
	neg,
	reciprocal,
	reduceMean,
	sigmoid,
	sqrt,
	square,
	sub,
	transpose,
} from "./functions.ts";
import type { Value } from "./value.ts";

/**
 * Binary cross-entropy of each logit x with a target t in [0, 1], in the stable
 * form max(x, 0) - x t + ln(1 + e^(-|x|)), all of one shape: dx = (σ(x) - t) g, dt = -x g.
 */
export function binaryCrossEntropy(logits: Value, targets: Value): Value {
	return composite({
		name: "binaryCrossEntropy",
		inputs: { logits, targets },
		forward: ({ logits: x, targets: t }) => ({
			output: add(sub(max(x, 0), mul(x, t)), log(add(exp(neg(abs(x))), 1))),
			saved: undefined,
		}),
		gradients: {
			logits: ({ g, inputs }) => mul(g, sub(sigmoid(inputs.logits), inputs.targets)),
			targets: ({ g, inputs }) => neg(mul(g, inputs.logits)),
		},
	});
}

/** The matrix product A Bᵀ over the last two axes, of equal axes before them: dA = g B, dB = gᵀ A, and nothing is turned twice. */
export function matMulTransposed(a: Value, b: Value): Value {
	return composite({
		name: "matMulTransposed",
		inputs: { a, b },
		forward: (inputs) => ({ output: matMul(inputs.a, transpose(inputs.b)), saved: undefined }),
		gradients: {
			a: ({ g, inputs }) => matMul(g, inputs.b),
			b: ({ g, inputs }) => matMul(transpose(g), inputs.a),
		},
	});
}

/**
 * Root-mean-square normalization over the last axis (Zhang & Sennrich 2019):
 * n = x r, r = 1/√(mean x² + ε), y = n weight. With u = g weight:
 * dx = (u - n mean(u n)) r, dweight = Σ g n.
 */
export function rmsNormalization(x: Value, weight: Value, epsilon: number): Value {
	return composite({
		name: "rmsNormalization",
		inputs: { x, weight },
		forward: (inputs) => {
			const inverse = reciprocal(sqrt(add(reduceMean(square(inputs.x), [-1], true), epsilon)));
			const normalized = mul(inputs.x, inverse);
			return { output: mul(normalized, inputs.weight), saved: { inverse, normalized } };
		},
		gradients: {
			x: ({ g, inputs, saved: { inverse, normalized } }) => {
				const u = mul(g, inputs.weight);
				return mul(sub(u, mul(normalized, reduceMean(mul(u, normalized), [-1], true))), inverse);
			},
			weight: ({ g, saved }) => mul(g, saved.normalized),
		},
	});
}
