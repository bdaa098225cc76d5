/** Rows of tokens as bags: what an encoder without layers makes of them, at a fraction of the cost. */
import { add, div, exp, matMul, mul, reduceMax, reduceSum, reshape, sub, transpose } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { attentionBias } from "./attention.ts";
import type { EncoderConfig } from "./config.ts";
import { encoder } from "./encoder.ts";
import { poolingQueryName } from "./pooling.ts";

/**
 * Rows [batch, hidden] from bags of tokens: `distinct` [distinct] int32 are ids, `counts` [batch, distinct] what each
 * counts in a row, 0 where it does not stand there. Without layers a token's hidden units depend on the token alone, so
 * each distinct one is computed once and a row is a product of two matrices: the same as `pooledRows` of the encoder's.
 */
export function bagRows(
	config: EncoderConfig,
	parameters: ReadonlyMap<string, Value>,
	{ distinct, counts }: { readonly distinct: Value; readonly counts: readonly Value[] },
): Value[] {
	const size = distinct.shape[0]!;
	const { graph } = distinct;
	const inputIds = reshape(distinct, [size, 1]);
	const positions = graph.constant(new Int32Array(size), [size, 1]); // read by absolute position embeddings only
	const hidden = encoder(config, parameters, { inputIds, positions, bias: attentionBias(config, positions) }); // [distinct, hidden]
	const query = parameters.get(poolingQueryName);
	if (query === undefined) return counts.map((bags) => meanBy(bags, hidden));
	const scores = matMul(query, transpose(hidden)); // [1, distinct]
	const weights = exp(sub(scores, reduceMax(scores)));
	return counts.map((bags) => meanBy(mul(bags, weights), hidden));
}

/** Means of `hidden` by the weights of each row, [batch, hidden]; zeros where a row has none. */
function meanBy(weights: Value, hidden: Value): Value {
	return div(matMul(weights, hidden), add(reduceSum(weights, [1], true), 1e-30));
}
