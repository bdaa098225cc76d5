/** One vector for each row of tokens: the sentence embedding that search compares. */
import { add, div, matMul, reduceSum, reshape, softmax, sqrt, square } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { EncoderConfig } from "./config.ts";
import type { ParameterSpec } from "./parameters.ts";

/**
 * How the tokens of a row become one vector. `mean` takes them alike and `first` the first alone, [CLS] (Reimers and
 * Gurevych 2019, section 3); `weighted`
 * gives each a weight that a learned query reads from its hidden units (self-attentive pooling, Lin et al. 2017, eq. 5
 * with one hop), so that frequent words can count less.
 */
export type Pooling = "mean" | "first" | "weighted";

/** The learned query of weighted pooling, [1, hidden]. */
export const poolingQueryName = "pooling.query.weight";

/** The parameters of a pooling beyond the encoder's; zeros, with which weighted pooling begins as the mean. */
export function poolingSpecs(pooling: Pooling, { hiddenSize }: EncoderConfig): ParameterSpec[] {
	if (pooling !== "weighted") return [];
	const shape = [1, hiddenSize];
	return [{ name: poolingQueryName, shape, init: { kind: "zeros" }, decay: false, matrix: false, blocks: 1 }];
}

/** The logarithm of the weight of padding: exp of it is exactly 0 beside any other. */
export const paddingLogWeight = -30_000;

/**
 * Rows [batch, hidden] from hidden rows [batch * length, hidden] and what each token counts by itself, `logWeights`
 * [batch, length], `paddingLogWeight` for padding: weighted means. `query` [1, hidden] weighs the tokens beside that.
 */
export function pooledRows(hidden: Value, logWeights: Value, query?: Value): Value {
	const [batch, length] = logWeights.shape as [number, number];
	const width = hidden.shape[1]!;
	const scores =
		query === undefined
			? logWeights
			: add(logWeights, reshape(matMul(hidden, reshape(query, [width, 1])), [batch, length]));
	const weights = reshape(softmax(scores, -1), [batch, 1, length]);
	return reshape(matMul(weights, reshape(hidden, [batch, length, width])), [batch, width]);
}

/** Rows [rows, width] scaled to length 1. */
export function unitRows(rows: Value): Value {
	return div(rows, sqrt(add(reduceSum(square(rows), [1], true), 1e-12)));
}
