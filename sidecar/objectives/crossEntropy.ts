import { composite } from "../autodiff/composite.ts";
import {
	cast,
	gatherElements,
	greater,
	log,
	mul,
	neg,
	reduceMax,
	reduceSum,
	reshape,
	scatterElementsAdd,
	softmax,
	sub,
} from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";

/**
 * -log softmax(logits)[label] of each row: `logits` [rows, classes], `labels` [rows] int32; gives [rows]. Exact however
 * unlikely the label is, because log p(label) = z(label) - max z + log max p, where max p is at least 1 / classes.
 * dlogits = p g - onehot(label) g.
 */
export function crossEntropy(logits: Value, labels: Value): Value {
	const rows = logits.shape[0]!;
	return composite({
		name: "crossEntropy",
		inputs: { logits, labels },
		forward: (inputs) => {
			const column = reshape(inputs.labels, [rows, 1]);
			const p = softmax(inputs.logits, 1);
			const behind = sub(reduceMax(inputs.logits, [1], true), gatherElements(inputs.logits, column, 1));
			const output = reshape(sub(behind, log(reduceMax(p, [1], true))), [rows]);
			return { output, saved: { p, column } };
		},
		gradients: {
			// p g is needed once, so that what is taken off at the labels is taken off in place.
			logits: ({ g, saved: { p, column } }) => {
				const each = reshape(g, [rows, 1]);
				return scatterElementsAdd(mul(p, each), column, neg(each), 1);
			},
			labels: "zero",
		},
	});
}

/** How many classes score higher than the label in each row, [rows] float32: top-k is right where this is below k. */
export function labelRanks(logits: Value, labels: Value): Value {
	const target = gatherElements(logits, reshape(labels, [labels.shape[0]!, 1]), 1);
	return reduceSum(cast(greater(logits, target), "float32"), [1]);
}
