/**
 * The table of objectives. Each reads (prediction, target, weight) and yields the scalar sum over rows of
 * weight * loss; weights are 1/n for the n rows that count and 0 for padding.
 */
import { binaryCrossEntropy } from "../autodiff/composites.ts";
import { add, div, matMul, mul, reduceSum, sqrt, square, transpose } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { crossEntropy } from "./crossEntropy.ts";

export type Objective = (prediction: Value, target: Value, weight: Value) => Value;

/** Masked language modelling (Devlin et al. 2019, section 3.1): logits [rows, vocabulary], labels [rows] int32. */
export const maskedLm: Objective = (logits, labels, weights) => reduceSum(mul(crossEntropy(logits, labels), weights));

/**
 * Binary cross-entropy of logits [rows] with targets [rows] in [0, 1]: replaced-token detection (Clark et al. 2020,
 * section 2) with target 1 where the token was replaced.
 */
const binary: Objective = (logits, targets, weights) => reduceSum(mul(binaryCrossEntropy(logits, targets), weights));

/**
 * Symmetric InfoNCE over in-batch negatives (van den Oord et al. 2018, eq. 4; both directions as in CLIP): row i
 * [width] of `prediction` belongs to row i of `target`, and their similarity is the cosine over `temperature`. A row
 * of weight 0 still stands among the negatives of the others.
 */
function contrastive(temperature: number): Objective {
	return (prediction, target, weights) => {
		const rows = prediction.shape[0]!;
		const labels = prediction.graph.constant(
			Int32Array.from({ length: rows }, (_, row) => row),
			[rows],
		);
		const scores = div(matMul(unit(prediction), transpose(unit(target))), temperature); // [rows, rows]
		const losses = add(crossEntropy(scores, labels), crossEntropy(transpose(scores), labels));
		return mul(reduceSum(mul(losses, weights)), 0.5);
	};
}

export const objectives = {
	maskedLm,
	binary,
	contrastive: contrastive(0.05), // SimCSE's temperature (Gao et al. 2021, section 3)
} satisfies Record<string, Objective>;

/** Rows [rows, width] scaled to length 1. */
function unit(rows: Value): Value {
	return div(rows, sqrt(add(reduceSum(square(rows), [1], true), 1e-12)));
}
