import { createRandom, shuffle } from "../base/random.ts";
import { type Batch, layRows } from "./collate.ts";
import type { PackedRows } from "./packing.ts";

export interface CausalCollateOptions {
	/** The share of the tokens of a row whose next token is to be predicted. */
	readonly share: number;
	readonly padId: number;
	readonly seed: number;
	readonly epoch: number;
}

/** So many positions of a batch of `rowCount` rows are predicted from, at most. A multiple of 8. */
export function causalCapacity(rowCount: number, sequenceLength: number, share: number): number {
	return Math.max(8, Math.ceil((rowCount * predictedCount(sequenceLength - 1, share)) / 8) * 8);
}

/**
 * Puts rows together for predicting the next token: nothing is masked, the positions are those that are predicted from,
 * and the label of each is the token behind it in the same document. The end of a document predicts nothing. An index
 * of -1 makes a row of padding. The result depends on the rows, the options and the indices alone.
 */
export function collateCausal(rows: PackedRows, indices: ArrayLike<number>, options: CausalCollateOptions): Batch {
	const laid = layRows(rows, indices, options.padId);
	const { sequenceLength: length, inputIds, segments } = laid;
	const capacity = causalCapacity(indices.length, length, options.share);
	const chosen: number[] = [];
	for (let slot = 0; slot < indices.length; slot++) {
		const row = indices[slot]!;
		const owners = segments.subarray(slot * length, (slot + 1) * length);
		for (const position of predictedFrom(owners, row, options)) chosen.push(slot * length + position);
	}
	const maskedPositions = new Int32Array(capacity);
	maskedPositions.set(chosen);
	const labels = new Int32Array(capacity);
	labels.set(chosen.map((position) => inputIds[position + 1]!)); // of the same row: its last token predicts nothing
	const weights = new Float32Array(capacity).fill(1 / chosen.length, 0, chosen.length);
	return { ...laid, maskedPositions, labels, weights, maskedCount: chosen.length };
}

/** The positions of one row that are predicted from, in order. */
function predictedFrom(owners: Int32Array, row: number, { share, seed, epoch }: CausalCollateOptions): Int32Array {
	const followed: number[] = [];
	for (let at = 0; at + 1 < owners.length; at++) {
		if (owners[at]! >= 0 && owners[at + 1] === owners[at]) followed.push(at);
	}
	const all = Int32Array.from(followed);
	if (share === 1) return all;
	shuffle(all, createRandom(seed, epoch, row));
	return all.subarray(0, predictedCount(all.length, share)).sort();
}

function predictedCount(followed: number, share: number): number {
	return Math.min(followed, Math.max(1, Math.round(share * followed)));
}
