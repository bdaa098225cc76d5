/** The attention of ERNIE-Gram's comprehensive prediction (Xiao et al. 2021, section 3.3) as an attention program. */
import { equal, greater, min, reshape, where } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { type AttentionBias, forbidden, segmentBias } from "./attention.ts";

/**
 * The bias [batch, 1, length, length] of rows that hold text, masks and queries of the fine view: `segments` are the
 * documents [batch, length] int32, `views` [batch, length] int32 are 0 on text, 1 on masks and another number from 2 on
 * for each query of a row. Text and masks are the context of both views and see each other, as they do in the model that
 * serves; a query sees them and itself. So nothing depends on another's query, and no number of queries tells the length
 * of an n-gram.
 */
export function coarseFineBias(segments: Value, views: Value): AttentionBias {
	const [batch, length] = views.shape as [number, number];
	const query = reshape(views, [batch, 1, length, 1]);
	const key = reshape(views, [batch, 1, 1, length]);
	const seen = where(greater(key, 1), where(equal(query, key), 0, forbidden), 0);
	const bias = min(segmentBias(segments), seen);
	return { global: bias, local: bias };
}
