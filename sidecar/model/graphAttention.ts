/** Graph-guided masked attention (Guo et al. 2021, GraphCodeBERT, section 4.2) as an attention program. */
import { concat, matMul, max, mul, reshape, sub, transpose } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { type AttentionBias, forbidden, segmentBias } from "./attention.ts";

/** Rows of C tokens of text with N variables behind them, and which of them see each other. */
export interface GraphAttentionInputs {
	/** 0 on text, -1 on padding, [batch, C] int32. */
	readonly segments: Value;
	/** 1 on special tokens of the text, else 0, [batch, C]. */
	readonly special: Value;
	/** 1 on variables, 0 on padding, [batch, N]. */
	readonly nodes: Value;
	/** 1 where a variable was identified from a token, [batch, N, C]. */
	readonly links: Value;
	/** 1 where a variable (row) takes its value from another (column), [batch, N, N]. */
	readonly edges: Value;
}

/**
 * The bias [batch, 1, C + N, C + N] by four rules: tokens of comment and code see each other; a special token sees all
 * that is no padding; a variable and the tokens it was identified from see each other; a variable sees those that its
 * value comes from. Nothing else is seen. Padded text sees padded text; every row of `edges` or `links` must hold a 1,
 * that of a padded variable too, or the softmax of that row would see everything.
 */
export function graphAttentionBias({ segments, special, nodes, links, edges }: GraphAttentionInputs): AttentionBias {
	const [batch, count, length] = links.shape as [number, number, number];
	const everything = matMul(reshape(special, [batch, length, 1]), reshape(nodes, [batch, 1, count]));
	const tokenToNode = max(everything, transpose(links)); // [batch, C, N]
	const square = (seen: Value): Value => {
		const [, rows, columns] = seen.shape as [number, number, number];
		return reshape(mul(sub(1, seen), forbidden), [batch, 1, rows, columns]);
	};
	const ofTokens = concat([segmentBias(segments), square(tokenToNode)], 3);
	const ofNodes = concat([square(links), square(edges)], 3);
	const bias = concat([ofTokens, ofNodes], 2);
	return { global: bias, local: bias };
}
