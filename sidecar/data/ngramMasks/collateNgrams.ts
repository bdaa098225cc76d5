import { type CollateOptions, maskPackedRow, packedRow } from "../collate.ts";
import type { MaskedRow } from "../masking/maskRow.ts";
import { ngramMark } from "../masking/tokenMark.ts";
import { type PackedRows, segmentPositions } from "../packing.ts";
import type { TokenRow, Unit } from "../pieces.ts";
import { emptyPredictions, type NgramBatch, type NgramShape } from "./ngramBatch.ts";

export interface CollateNgramsOptions extends CollateOptions {
	readonly shape: NgramShape;
	/** V_F and V_N: ids of tokens come first, then those of n-grams, then those of queries. */
	readonly vocabularySize: number;
	readonly ngrams: number;
}

/**
 * Puts rows together in which each n-gram that was chosen whole is one mask: a row becomes n - 1 tokens shorter by each,
 * and positions follow. Other chosen tokens are masks of their own. An index of -1 makes a row of padding. The result
 * depends on the rows, the options and the indices alone.
 */
export function collateNgrams(rows: PackedRows, indices: ArrayLike<number>, options: CollateNgramsOptions): NgramBatch {
	const { shape, padId } = options;
	const size = shape.rows * shape.length;
	const batch: NgramBatch = {
		rows: shape.rows,
		length: shape.length,
		inputIds: new Int32Array(size).fill(padId),
		segments: new Int32Array(size).fill(-1),
		positions: new Int32Array(size),
		places: new Int32Array(size),
		views: new Int32Array(size),
		coarse: emptyPredictions(shape.masks),
		fine: emptyPredictions(shape.queries),
		maskWeight: 0,
	};
	const filled = { batch, options, masks: 0, queries: 0 };
	for (let slot = 0; slot < indices.length; slot++) {
		const row = indices[slot]!;
		if (row < 0) continue;
		const source = packedRow(rows, row, options.pieces);
		placeRow(filled, slot, { source, masked: maskPackedRow(rows, row, options) });
	}
	const maskWeight = filled.masks === 0 ? 0 : 1 / filled.masks;
	batch.coarse.weights.fill(maskWeight, 0, filled.masks);
	// The loss is a sum over masks, and for each n-gram one over its tokens (section 3.3, equation 3).
	batch.fine.weights.fill(maskWeight, 0, filled.queries);
	return { ...batch, maskWeight };
}

/** A batch that is being filled. */
interface Filling {
	readonly batch: NgramBatch;
	readonly options: CollateNgramsOptions;
	/** Masks and queries so far. */
	masks: number;
	queries: number;
}

/** The text of a row with its masks, and the queries of its n-grams behind it. */
function placeRow(
	filling: Filling,
	slot: number,
	{ source, masked: drawn }: { source: TokenRow; masked: MaskedRow },
): void {
	const { batch, options } = filling;
	const start = slot * batch.length;
	const units = maskUnits(source, drawn);
	const masked: { unit: Unit; at: number }[] = [];
	let next = 0;
	let length = 0;
	for (let at = 0; at < source.tokens.length; at++, length++) {
		const unit = units[next]?.start === at ? units[next++] : undefined;
		batch.inputIds[start + length] = unit === undefined ? source.tokens[at]! : options.maskId;
		batch.segments[start + length] = source.segments[at]!;
		batch.places[start + length] = length;
		if (unit === undefined) continue;
		batch.views[start + length] = 1;
		masked.push({ unit, at: length });
		at = unit.end - 1;
	}
	batch.positions.set(segmentPositions(batch.segments.subarray(start, start + length)), start);
	let query = length;
	for (const { unit, at } of masked) {
		predictMask(filling, start + at, { source, unit });
		if (batch.fine.positions.length === 0 || unit.end - unit.start === 1) continue;
		for (let token = unit.start; token < unit.end; token++, query++) {
			const number = { symbol: token - unit.start, view: 2 + query - length };
			placeQuery(filling, start + query, { mask: start + at, label: source.tokens[token]!, ...number });
		}
	}
}

/**
 * The chosen tokens as what one mask stands for: n-grams that the strategy for them chose whole, and single tokens, such
 * as those of words that another strategy of the mixture masks a token at a time.
 */
export function maskUnits({ tokens, marks }: TokenRow, { positions, strategies }: MaskedRow): Unit[] {
	const isChosen = new Uint8Array(tokens.length);
	positions.forEach((at, index) => {
		isChosen[at] = strategies[index] === "ngram" ? 2 : 1;
	});
	const units: Unit[] = [];
	for (let start = 0; start < tokens.length; start++) {
		if (isChosen[start] === 0) continue;
		const length = ngramMark.length(marks?.[start] ?? 0);
		const whole = length > 1 && isChosen.subarray(start, start + length).every((one) => one === 2);
		units.push({ start, end: start + (whole ? length : 1) });
		if (whole) start += length - 1;
	}
	return units;
}

function predictMask(filling: Filling, position: number, { source, unit }: { source: TokenRow; unit: Unit }): void {
	const { coarse } = filling.batch;
	coarse.positions[filling.masks] = position;
	coarse.labels[filling.masks] =
		unit.end - unit.start === 1
			? source.tokens[unit.start]!
			: filling.options.vocabularySize + ngramMark.id(source.marks![unit.start]!);
	filling.masks++;
}

/** A query looks like `[Mj]` for the j-th token of its n-gram, and stands where the n-gram's mask does. */
function placeQuery(
	filling: Filling,
	position: number,
	{ mask, symbol, view, label }: { mask: number; symbol: number; view: number; label: number },
): void {
	const { batch, options } = filling;
	batch.inputIds[position] = options.vocabularySize + options.ngrams + symbol;
	batch.segments[position] = batch.segments[mask]!;
	batch.positions[position] = batch.positions[mask]!;
	batch.places[position] = batch.places[mask]!;
	batch.views[position] = view;
	batch.fine.positions[filling.queries] = position;
	batch.fine.labels[filling.queries] = label;
	filling.queries++;
}
