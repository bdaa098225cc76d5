import { createRandom } from "../base/random.ts";
import type { Masking } from "./masking/config.ts";
import { type MaskedRow, maskCount, maskRow } from "./masking/maskRow.ts";
import { type PackedRows, segmentPositions } from "./packing.ts";
import type { PieceTable, TokenRow } from "./pieces.ts";

/** The inputs of one training or evaluation step: B rows of T tokens, M masked positions. */
export interface Batch {
	readonly rows: number;
	readonly sequenceLength: number;
	/** Token ids after masking [B, T]. */
	readonly inputIds: Int32Array;
	/** Document number within the row, padding -1 [B, T]. */
	readonly segments: Int32Array;
	/** Position ids, restarting with every document, padding 0 [B, T]. */
	readonly positions: Int32Array;
	/** Flat indices b*T+t of the chosen tokens, then zeros [M]. */
	readonly maskedPositions: Int32Array;
	/** The true token ids at those positions, then zeros [M]. */
	readonly labels: Int32Array;
	/** 1/n for the n chosen tokens, then zeros, so that a weighted sum is their mean [M]. */
	readonly weights: Float32Array;
	/** n, the number of chosen tokens. */
	readonly maskedCount: number;
	/** Tokens in the rows, padding left out. */
	readonly tokenCount: number;
}

export interface CollateOptions {
	readonly masking: Masking;
	readonly pieces: PieceTable;
	readonly maskId: number;
	readonly padId: number;
	readonly seed: number;
	readonly epoch: number;
}

/** One row of a packing, as views of its arrays. */
export function packedRow(rows: PackedRows, row: number, pieces: PieceTable): TokenRow {
	const start = row * rows.sequenceLength;
	const end = start + rows.sequenceLength;
	return { tokens: rows.tokens.subarray(start, end), segments: rows.segments.subarray(start, end), pieces };
}

/** The masks of one row: a pure function of the row, the masking, the seed, the epoch and the row's index. */
export function maskPackedRow(rows: PackedRows, row: number, options: Omit<CollateOptions, "padId">): MaskedRow {
	return maskRow(packedRow(rows, row, options.pieces), options.masking, {
		maskId: options.maskId,
		random: createRandom(options.seed, options.epoch, row),
	});
}

/** M for batches of `rowCount` rows: no batch of this shape can choose more tokens. A multiple of 8. */
export function maskedCapacity(rowCount: number, sequenceLength: number, masking: Masking): number {
	return Math.max(8, Math.ceil((rowCount * maskCount(masking, sequenceLength)) / 8) * 8);
}

/**
 * Puts rows together and masks them. An index of -1 makes a row of padding, so that a last, smaller
 * batch keeps its shape. The result depends on the rows, the options and the indices alone.
 */
export function collate(rows: PackedRows, indices: ArrayLike<number>, options: CollateOptions): Batch {
	const length = rows.sequenceLength;
	const capacity = maskedCapacity(indices.length, length, options.masking);
	const inputIds = new Int32Array(indices.length * length).fill(options.padId);
	const segments = new Int32Array(indices.length * length).fill(-1);
	const positions = new Int32Array(indices.length * length);
	const maskedPositions = new Int32Array(capacity);
	const labels = new Int32Array(capacity);
	let maskedCount = 0;
	for (let slot = 0; slot < indices.length; slot++) {
		const row = indices[slot]!;
		if (row < 0) continue;
		const source = packedRow(rows, row, options.pieces);
		inputIds.set(source.tokens, slot * length);
		segments.set(source.segments, slot * length);
		positions.set(segmentPositions(source.segments), slot * length);
		const masked = maskPackedRow(rows, row, options);
		masked.positions.forEach((position, index) => {
			inputIds[slot * length + position] = masked.inputs[index]!;
			maskedPositions[maskedCount] = slot * length + position;
			labels[maskedCount++] = source.tokens[position]!;
		});
	}
	const weights = new Float32Array(capacity).fill(1 / maskedCount, 0, maskedCount);
	const tokenCount = segments.reduce((sum, segment) => sum + (segment >= 0 ? 1 : 0), 0);
	return {
		rows: indices.length,
		sequenceLength: length,
		inputIds,
		segments,
		positions,
		maskedPositions,
		labels,
		weights,
		maskedCount,
		tokenCount,
	};
}
