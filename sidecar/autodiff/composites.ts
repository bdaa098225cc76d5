import { composite } from "./composite.ts";
import {
	abs,
	add,
	concat,
	exp,
	gatherElements,
	log,
	max,
	mul,
	neg,
	reciprocal,
	reduceMean,
	reduceSum,
	reshape,
	scatterElementsAdd,
	sigmoid,
	softmax,
	split,
	sqrt,
	square,
	sub,
} from "./functions.ts";
import type { Value } from "./value.ts";

/**
 * Cross-entropy of each row: logits [rows, classes], labels [rows] int32; gives
 * -ln softmax(logits)[label], [rows]. Reported values saturate at 69 (p = 1e-30);
 * the gradient does not: dlogits = (p - onehot(label)) g.
 */
export function softmaxCrossEntropyRows(logits: Value, labels: Value): Value {
	const [rows = 0] = logits.shape;
	return composite({
		name: "softmaxCrossEntropy",
		inputs: { logits, labels },
		forward: (inputs) => {
			const p = softmax(inputs.logits, 1); // [rows, classes]
			const column = reshape(inputs.labels, [rows, 1]);
			const output = reshape(neg(log(max(gatherElements(p, column, 1), 1e-30))), [rows]);
			return { output, saved: { p, column } };
		},
		gradients: {
			logits: ({ g, saved: { p, column } }) => {
				const minusOne = g.graph.constant(new Float32Array(rows).fill(-1), [rows, 1]);
				return mul(scatterElementsAdd(p, column, minusOne, 1), reshape(g, [rows, 1])); // [rows, classes]
			},
			labels: "zero",
		},
	});
}

/** Σ weights · cross-entropy: logits [rows, classes], labels [rows] int32, weights [rows]; a scalar. */
export function softmaxCrossEntropy(logits: Value, labels: Value, weights: Value): Value {
	return reduceSum(mul(softmaxCrossEntropyRows(logits, labels), weights));
}

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

/**
 * Rotary position embedding (Su et al. 2021, in the half-split layout of Hugging
 * Face): y = x cos + r(x) sin with r([u, v]) = [-v, u] over the halves of the last
 * axis; x [..., positions, size], tables that broadcast to x. dx = g cos - r(g sin).
 */
export function rotaryEmbedding(x: Value, cos: Value, sin: Value): Value {
	return composite({
		name: "rotaryEmbedding",
		inputs: { x, cos, sin },
		forward: (inputs) => ({
			output: add(mul(inputs.x, inputs.cos), mul(rotateHalf(inputs.x), inputs.sin)),
			saved: undefined,
		}),
		gradients: {
			x: ({ g, inputs }) => sub(mul(g, inputs.cos), rotateHalf(mul(g, inputs.sin))),
			cos: "zero",
			sin: "zero",
		},
	});
}

/**
 * The tables of rotary embedding for positions 0 to count - 1, each [count, size]:
 * angle = position · base^(-2i/size), the same for both halves. Made on the host,
 * since sine and cosine are loose on GPUs.
 */
export function rotaryTables(count: number, size: number, base: number): { cos: Float32Array; sin: Float32Array } {
	const cos = new Float32Array(count * size);
	const sin = new Float32Array(count * size);
	for (let position = 0; position < count; position++) {
		for (let i = 0; i < size; i++) {
			const angle = position * base ** ((-2 * (i % (size / 2))) / size);
			cos[position * size + i] = Math.cos(angle);
			sin[position * size + i] = Math.sin(angle);
		}
	}
	return { cos, sin };
}

function rotateHalf(x: Value): Value {
	const [u, v] = split(x, 2, -1);
	return concat([neg(v!), u!], -1);
}
