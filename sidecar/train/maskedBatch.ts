import { type PackedRows, segmentPositions } from "../data/packing.ts";
import type { ScorerInputs, ScorerShape } from "../inference/scorer.ts";

/** Rows with chosen positions masked, ready for a scorer. */
export interface MaskedBatch {
	readonly inputs: ScorerInputs;
	/** The true ids at the masked positions, in order. */
	readonly labels: readonly number[];
	/** Where the masked positions of each slot begin in `labels`; one more entry than slots. */
	readonly starts: readonly number[];
}

export interface MaskedBatchOptions {
	readonly rows: PackedRows;
	readonly shape: ScorerShape;
	readonly maskId: number;
	readonly padId: number;
}

/** One masked row: its index and the positions in it that are masked. */
export interface Site {
	readonly row: number;
	readonly positions: readonly number[];
}

/** Lays at most B sites into the slots of a batch; slots left over hold padding. */
export function maskedBatch(sites: readonly Site[], options: MaskedBatchOptions): MaskedBatch {
	const { rows, shape, maskId, padId } = options;
	const length = rows.sequenceLength;
	const inputIds = new Int32Array(shape.rows * length).fill(padId);
	const segments = new Int32Array(shape.rows * length).fill(-1);
	const positions = new Int32Array(shape.rows * length);
	const maskedPositions = new Int32Array(shape.maskedRows);
	const labels: number[] = [];
	const starts = [0];
	sites.forEach((site, slot) => {
		const from = site.row * length;
		const owners = rows.segments.subarray(from, from + length);
		inputIds.set(rows.tokens.subarray(from, from + length), slot * length);
		segments.set(owners, slot * length);
		positions.set(segmentPositions(owners), slot * length);
		for (const at of site.positions) {
			inputIds[slot * length + at] = maskId;
			maskedPositions[labels.length] = slot * length + at;
			labels.push(rows.tokens[from + at]!);
		}
		starts.push(labels.length);
	});
	return { inputs: { inputIds, segments, positions, maskedPositions }, labels, starts };
}

/** Groups of at most `size` items, in order. */
export function* groups<T>(items: readonly T[], size: number): Generator<T[]> {
	for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
