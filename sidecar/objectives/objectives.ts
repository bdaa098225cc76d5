/**
 * The table of objectives. Each reads (prediction, target, weight) and yields the scalar sum over rows of
 * weight * loss; weights are 1/n for the n rows that count and 0 for padding.
 */
import { binaryCrossEntropy } from "../autodiff/composites.ts";
import {
	add,
	div,
	exp,
	gather,
	log,
	matMul,
	mul,
	reduceMax,
	reduceSum,
	softmax,
	sub,
	transpose,
} from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { unitRows } from "../model/pooling.ts";
import { crossEntropy } from "./crossEntropy.ts";

export type Objective = (prediction: Value, target: Value, weight: Value) => Value;

/** Masked language modelling (Devlin et al. 2019, section 3.1): logits [rows, vocabulary], labels [rows] int32. */
export const maskedLm: Objective = (logits, labels, weights) => reduceSum(mul(crossEntropy(logits, labels), weights));

/**
 * Binary cross-entropy of logits [rows] with targets [rows] in [0, 1]: replaced-token detection (Clark et al. 2020,
 * section 2) with target 1 where the token was replaced; edge prediction and node alignment (Guo et al. 2021, section
 * 4.3) on the logits of `pairLogits`.
 */
const binary: Objective = (logits, targets, weights) => reduceSum(mul(binaryCrossEntropy(logits, targets), weights));

/**
 * Symmetric InfoNCE over in-batch negatives (van den Oord et al. 2018, eq. 4; both directions as in CLIP): row i
 * [width] of `prediction` belongs to row i of `target`, and their similarity is the cosine over `temperature`. A row
 * of weight 0 still stands among the negatives of the others.
 */
export function contrastive(temperature: number): Objective {
	return (prediction, target, weights) => {
		const rows = prediction.shape[0]!;
		const labels = prediction.graph.constant(
			Int32Array.from({ length: rows }, (_, row) => row),
			[rows],
		);
		const scores = div(matMul(unitRows(prediction), transpose(unitRows(target))), temperature); // [rows, rows]
		const losses = add(crossEntropy(scores, labels), crossEntropy(transpose(scores), labels));
		return mul(reduceSum(mul(losses, weights)), 0.5);
	};
}

/**
 * How far `prediction` [rows, units] is from `target` [rows, units]: KL(softmax(target) || softmax(prediction)) over the
 * units of a row, as Starbucks has it between the vector of a sub-model and the whole one's first units (Zhuang et al.
 * 2024, section 3.1; the released code takes softmax over units and the mean over rows). Gradients reach both.
 */
export const divergence: Objective = (prediction, target, weights) => {
	const gap = sub(logSoftmax(target), logSoftmax(prediction));
	return reduceSum(mul(reduceSum(mul(softmax(target, 1), gap), [1]), weights));
};

/** From the largest, so that no exponential overflows: [rows, units]. */
function logSoftmax(rows: Value): Value {
	const behind = sub(rows, reduceMax(rows, [1], true));
	return sub(behind, log(reduceSum(exp(behind), [1], true)));
}

export const objectives = {
	maskedLm,
	binary,
	divergence,
	contrastive: contrastive(0.05), // SimCSE's temperature (Gao et al. 2021, section 3)
} satisfies Record<string, Objective>;

/**
 * Whether positions are connected: the dot products [pairs] of the hidden rows [positions, width] at `left` and `right`,
 * flat positions [pairs] int32, over sqrt(width). Guo et al. leave the root out; as in attention it keeps the sigmoid of
 * rows of length sqrt(width), which a final norm makes, from saturating before anything is learned.
 */
export function pairLogits(hidden: Value, { left, right }: { readonly left: Value; readonly right: Value }): Value {
	const width = hidden.shape[1]!;
	return mul(reduceSum(mul(gather(hidden, left), gather(hidden, right)), [1]), width ** -0.5);
}
