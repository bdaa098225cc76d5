import { createRandom } from "../base/random.ts";
import type { Masking } from "./masking/config.ts";
import { type MaskedRow, maskRow, mostMasked } from "./masking/maskRow.ts";
import { regionMark } from "./masking/tokenMark.ts";
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
	/** The token ids that are to be predicted at those positions, then zeros [M]. */
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
	/** The position ids of a pair: one count, or one for each of its two texts, as translation language modelling has it. */
	readonly pairPositions?: PairPositions | undefined;
}

export const pairPositions = ["continued", "restarted"] as const;
export type PairPositions = (typeof pairPositions)[number];

/** One row of a packing, as views of its arrays. */
export function packedRow(rows: PackedRows, row: number, pieces: PieceTable): TokenRow {
	const start = row * rows.sequenceLength;
	const end = start + rows.sequenceLength;
	const columns = { tokens: rows.tokens.subarray(start, end), segments: rows.segments.subarray(start, end), pieces };
	return rows.marks === undefined ? columns : { ...columns, marks: rows.marks.subarray(start, end) };
}

/** The masks of one row: a pure function of the row, the masking, the seed, the epoch and the row's index. */
export function maskPackedRow(rows: PackedRows, row: number, options: Omit<CollateOptions, "padId">): MaskedRow {
	return maskRow(packedRow(rows, row, options.pieces), options.masking, {
		maskId: options.maskId,
		random: createRandom(options.seed, options.epoch, row),
	});
}

/**
 * M for batches of `rowCount` rows: no batch of this shape can choose more tokens. A multiple of 8. A masking of regions
 * needs the marks of all rows.
 */
export function maskedCapacity(
	rowCount: number,
	sequenceLength: number,
	masking: Masking,
	{ marks }: Pick<PackedRows, "marks"> = {},
): number {
	return multipleOf8(rowCount * mostMasked(masking, sequenceLength, marks));
}

function multipleOf8(count: number): number {
	return Math.max(8, Math.ceil(count / 8) * 8);
}

/**
 * Puts rows together and masks them. An index of -1 makes a row of padding, so that a last, smaller
 * batch keeps its shape. The result depends on the rows, the options and the indices alone.
 */
export function collate(rows: PackedRows, indices: ArrayLike<number>, options: CollateOptions): Batch {
	const laid = layRows(rows, indices, options.padId, options.pairPositions);
	const { sequenceLength: length, inputIds } = laid;
	const masked: number[] = [];
	const targets: number[] = [];
	for (let slot = 0; slot < indices.length; slot++) {
		const row = indices[slot]!;
		if (row < 0) continue;
		const ofRow = maskPackedRow(rows, row, options);
		ofRow.positions.forEach((position, index) => {
			const at = slot * length + position;
			masked.push(at);
			targets.push(ofRow.targets[index]!);
			inputIds[at] = ofRow.inputs[index]!;
		});
	}
	const maskedCount = masked.length;
	const capacity = Math.max(maskedCapacity(indices.length, length, options.masking), multipleOf8(maskedCount));
	const maskedPositions = new Int32Array(capacity);
	const labels = new Int32Array(capacity);
	maskedPositions.set(masked);
	labels.set(targets);
	const weights = new Float32Array(capacity).fill(1 / maskedCount, 0, maskedCount);
	return { ...laid, maskedPositions, labels, weights, maskedCount };
}

/** What a batch of rows holds before anything is chosen in it. */
export type LaidRows = Omit<Batch, "maskedPositions" | "labels" | "weights" | "maskedCount">;

/** Puts rows together as they are; an index of -1 makes a row of padding. */
export function layRows(
	rows: PackedRows,
	indices: ArrayLike<number>,
	padId: number,
	pairs: PairPositions = "continued",
): LaidRows {
	const length = rows.sequenceLength;
	const inputIds = new Int32Array(indices.length * length).fill(padId);
	const segments = new Int32Array(indices.length * length).fill(-1);
	const positions = new Int32Array(indices.length * length);
	for (let slot = 0; slot < indices.length; slot++) {
		const row = indices[slot]!;
		if (row < 0) continue;
		const owners = rows.segments.subarray(row * length, (row + 1) * length);
		const marks = pairs === "restarted" ? rows.marks?.subarray(row * length, (row + 1) * length) : undefined;
		inputIds.set(rows.tokens.subarray(row * length, (row + 1) * length), slot * length);
		segments.set(owners, slot * length);
		positions.set(segmentPositions(owners, marks && beginsSecond(marks)), slot * length);
	}
	const tokenCount = segments.reduce((sum, segment) => sum + (segment >= 0 ? 1 : 0), 0);
	return { rows: indices.length, sequenceLength: length, inputIds, segments, positions, tokenCount };
}

/** Whether the second text of a pair begins at a place of a row. */
function beginsSecond(marks: Int32Array): (at: number) => boolean {
	const second = regionMark("second");
	return (at) => (marks[at]! & second) !== 0 && (marks[at - 1]! & second) === 0;
}
