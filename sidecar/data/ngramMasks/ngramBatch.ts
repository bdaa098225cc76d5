import type { Masking } from "../masking/config.ts";
import { mostMasked } from "../masking/maskRow.ts";

/** What a batch of rows with n-grams under single masks is made for. */
export interface NgramShape {
	/** B rows. */
	readonly rows: number;
	/** L tokens of a row: the text, in which each n-gram is one mask, and behind it the queries of the fine view. */
	readonly length: number;
	/** M masks of the whole batch, and F queries of the fine view; multiples of 8. */
	readonly masks: number;
	readonly queries: number;
}

/** Which rows of logits are judged, and how: positions b * L + t, labels and weights, then zeros. */
export interface Predictions {
	readonly positions: Int32Array;
	readonly labels: Int32Array;
	readonly weights: Float32Array;
}

/** The inputs of one step; arrays are row-major. */
export interface NgramBatch {
	readonly rows: number;
	readonly length: number;
	/** [B, L]: token ids below the vocabulary's size, from there on the queries `[M1]`, `[M2]` and `[M3]`. */
	readonly inputIds: Int32Array;
	/** Document number within the row, padding -1 [B, L]. */
	readonly segments: Int32Array;
	/** Position within the document; queries have that of their n-gram's mask [B, L]. */
	readonly positions: Int32Array;
	/** Position within the row, the same way [B, L]. */
	readonly places: Int32Array;
	/** Who sees whom, see `coarseFineBias`: 0 text, 1 masks, from 2 on a number of its own for each query of a row [B, L]. */
	readonly views: Int32Array;
	/** At each mask the token or n-gram that it hides: ids of V_F, then those of V_N [M]. */
	readonly coarse: Predictions;
	/** At each query the token that it stands for [F]. */
	readonly fine: Predictions;
	/** 1/n for the n masks of a step, of which this batch may be a part; 0 without any. */
	readonly maskWeight: number;
}

/** The places of batches of `rows` rows of `textLength` tokens: none chooses more. Without the fine view there are no queries. */
export function ngramShape(
	{ rows, textLength, hasFine }: { readonly rows: number; readonly textLength: number; readonly hasFine: boolean },
	masking: Masking,
): NgramShape {
	const chosen = mostMasked(masking, textLength);
	const capacity = Math.max(8, Math.ceil((rows * chosen) / 8) * 8);
	// An n-gram of n tokens frees n - 1 places and has n queries: one more place for each, of two tokens at least.
	const length = textLength + (hasFine ? Math.floor(chosen / 2) : 0);
	return { rows, length, masks: capacity, queries: hasFine ? capacity : 0 };
}

/** Part `part` of `parts` equal parts of a batch; weights stay those of the whole. `shape` is that of a part. */
export function sliceNgramBatch(batch: NgramBatch, part: number, shape: NgramShape): NgramBatch {
	const size = shape.rows * shape.length;
	const start = part * size;
	const cut = (column: Int32Array): Int32Array => column.subarray(start, start + size);
	return {
		rows: shape.rows,
		length: shape.length,
		inputIds: cut(batch.inputIds),
		segments: cut(batch.segments),
		positions: cut(batch.positions),
		places: cut(batch.places),
		views: cut(batch.views),
		coarse: slicePredictions(batch.coarse, { start, size, capacity: shape.masks }),
		fine: slicePredictions(batch.fine, { start, size, capacity: shape.queries }),
		maskWeight: batch.maskWeight,
	};
}

function slicePredictions(
	whole: Predictions,
	{ start, size, capacity }: { start: number; size: number; capacity: number },
): Predictions {
	const inside = [...whole.positions.keys()].filter(
		(at) => whole.weights[at]! > 0 && whole.positions[at]! >= start && whole.positions[at]! < start + size,
	);
	const part = emptyPredictions(capacity);
	inside.forEach((at, index) => {
		part.positions[index] = whole.positions[at]! - start;
		part.labels[index] = whole.labels[at]!;
		part.weights[index] = whole.weights[at]!;
	});
	return part;
}

export function emptyPredictions(capacity: number): Predictions {
	return {
		positions: new Int32Array(capacity),
		labels: new Int32Array(capacity),
		weights: new Float32Array(capacity),
	};
}
