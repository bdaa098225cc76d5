/** Relative position biases in T5's buckets, as the released code of ERNIE-Gram has them (`rel_pos_bin` 32). */
import { add, gather, reshape, sub, transpose } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { EncoderInputs } from "./inputs.ts";

/** Distances from here on share the last bucket, as in T5 and ERNIE-Gram. */
const farthest = 128;

/**
 * Adds to the bias of every layer that of the distance between query and key, one for each head: `table` [buckets,
 * heads]. ERNIE-Gram gives its [CLS] token a bucket of its own; packed rows have several such tokens, and here they
 * count as others do.
 */
export function withRelativeBias(inputs: EncoderInputs, table: Value): EncoderInputs {
	const [batch, length] = inputs.positions.shape as [number, number];
	const buckets = table.shape[0]!;
	const { graph } = table;
	const ids = Int32Array.from({ length: 2 * length - 1 }, (_, at) => bucketOf(at - (length - 1), buckets));
	const byDistance = gather(table, graph.constant(ids, [2 * length - 1])); // [2 length - 1, heads]
	const row = Int32Array.from({ length }, (_, at) => at);
	const places = inputs.places ?? graph.constant(row, [1, length]);
	const rows = inputs.places === undefined ? 1 : batch;
	const distances = add(sub(reshape(places, [rows, 1, length]), reshape(places, [rows, length, 1])), length - 1);
	const bias = transpose(gather(byDistance, distances), [0, 3, 1, 2]); // [rows, heads, query, key]
	return {
		...inputs,
		bias: { global: add(inputs.bias.global, bias), local: add(inputs.bias.local, bias) },
	};
}

/**
 * The bucket of key - query: half of them for keys behind the query. Of each half one half holds a single distance each,
 * and the others distances whose logarithms are near (Raffel et al. 2020, section 2.1, and T5's code).
 */
export function bucketOf(distance: number, buckets: number): number {
	const half = buckets / 2;
	const exact = half / 2;
	const size = Math.abs(distance);
	const side = distance > 0 ? half : 0;
	if (size < exact) return side + size;
	const share = Math.log(size / exact) / Math.log(farthest / exact);
	return side + Math.min(half - 1, exact + Math.floor(share * (half - exact)));
}
