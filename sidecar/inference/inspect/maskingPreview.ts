import { MaskwrightError } from "../../base/errors.ts";
import {
	type CollateOptions,
	collate,
	maskedCapacity,
	maskPackedRow,
	type PairPositions,
	packedRow,
} from "../../data/collate.ts";
import type { Masking, StrategyName } from "../../data/masking/config.ts";
import type { MaskAction } from "../../data/masking/maskRow.ts";
import { maskUnits } from "../../data/ngramMasks/collateNgrams.ts";
import { isSpecial } from "../../data/pieces.ts";
import type { LoadedModel } from "../loadedModel.ts";
import type { DocumentRows } from "./documentRows.ts";
import { type Judgement, judge } from "./judgement.ts";

/** What a data collator does with the rows of a document; all lists are by token of the document. */
export interface MaskingPreview {
	/** "keep" for a token that is not chosen. */
	readonly actions: readonly (MaskAction | "keep")[];
	readonly strategies: readonly (StrategyName | null)[];
	/** The id that the model sees. */
	readonly inputs: Int32Array;
	/** Whether it may be chosen at all: special tokens may not, nor what stands in no row. */
	readonly maskable: Uint8Array;
	/** Whether it stands under the mask of the token before it. */
	readonly joined: Uint8Array;
}

export interface PreviewOptions {
	readonly masking: Masking;
	readonly seed: number;
	readonly epoch: number;
	/** Whether one mask stands for all tokens of an n-gram, as ERNIE-Gram has it. */
	readonly wholeNgrams: boolean;
	readonly pairPositions?: PairPositions | undefined;
}

/** Masks the rows of a document as a run does in one epoch, by the same code. */
export function previewMasking(model: LoadedModel, document: DocumentRows, options: PreviewOptions): MaskingPreview {
	const { rows, row, column } = document;
	const collation = collateOptions(model, options);
	const actions: (MaskAction | "keep")[] = new Array(row.length).fill("keep");
	const strategies: (StrategyName | null)[] = new Array(row.length).fill(null);
	const inputs = new Int32Array(row.length);
	const maskable = new Uint8Array(row.length);
	const at = tokenAt(document);
	const joined = new Uint8Array(row.length);
	row.forEach((inRow, token) => {
		if (inRow < 0) return;
		inputs[token] = rows.tokens[inRow * rows.sequenceLength + column[token]!]!;
		maskable[token] = isSpecial(model.pieces, inputs[token]!) ? 0 : 1;
	});
	for (const inRow of rowsIn(row)) {
		const masked = maskPackedRow(rows, inRow, collation);
		masked.positions.forEach((position, index) => {
			const token = at(inRow, position);
			if (token === undefined) return; // of another document in the same row, or a repetition
			actions[token] = masked.actions[index]!;
			strategies[token] = masked.strategies[index]!;
			inputs[token] = masked.inputs[index]!;
		});
		if (!options.wholeNgrams) continue;
		for (const { start, end } of maskUnits(packedRow(rows, inRow, model.pieces), masked)) {
			for (let position = start + 1; position < end; position++) {
				const token = at(inRow, position);
				if (token !== undefined) joined[token] = 1;
			}
		}
	}
	return { actions, strategies, inputs, maskable, joined };
}

export interface PredictOptions extends PreviewOptions {
	/** Tokens of the document [first, end) whose predictions are wanted. */
	readonly first: number;
	readonly end: number;
	/** Likeliest tokens for each. */
	readonly top: number;
	/** Checked between rows; throws `interrupted`. */
	readonly signal?: AbortSignal;
}

/**
 * What the model says of each chosen token when it sees the masked rows, as in training. Throws `tooLong` when the
 * model does not hold such rows.
 */
export async function predictMasked(
	model: LoadedModel,
	document: DocumentRows,
	options: PredictOptions,
): Promise<Map<number, Judgement>> {
	const { rows, row } = document;
	const { sequenceLength } = rows;
	requireLength(model, sequenceLength);
	const { first, end, top, signal } = options;
	const at = tokenAt(document);
	const scorerShape = { rows: 1, sequenceLength, maskedRows: maskedCapacity(1, sequenceLength, options.masking) };
	const size = model.config.vocabularySize;
	const judgements = new Map<number, Judgement>();
	for (const inRow of rowsIn(row.subarray(first, end))) {
		if (signal?.aborted) throw new MaskwrightError("interrupted", "The model was stopped before it was done.");
		const batch = collate(rows, [inRow], { ...collateOptions(model, options), padId: model.tokenizer.special.pad });
		if (batch.maskedCount === 0) continue;
		const scorer = await model.scorer(scorerShape, "float32");
		const probabilities = await scorer.score(batch);
		for (let index = 0; index < batch.maskedCount; index++) {
			const token = at(inRow, batch.maskedPositions[index]!);
			if (token === undefined || token < first || token >= end) continue;
			const truth = batch.labels[index]!;
			judgements.set(token, judge(model, probabilities.subarray(index * size, (index + 1) * size), { truth, top }));
		}
	}
	return judgements;
}

export function rowsIn(row: Int32Array): number[] {
	return [...new Set(row)].filter((inRow) => inRow >= 0);
}

export function collateOptions(
	model: LoadedModel,
	{ masking, seed, epoch, pairPositions }: PreviewOptions,
): Omit<CollateOptions, "padId"> {
	return { masking, pieces: model.pieces, maskId: model.tokenizer.special.mask, seed, epoch, pairPositions };
}

/** Tells which token of the document stands at a place of its rows. */
export function tokenAt({ rows, row, column }: DocumentRows): (row: number, column: number) => number | undefined {
	const tokens = new Map<number, number>();
	row.forEach((inRow, token) => {
		tokens.set(inRow * rows.sequenceLength + column[token]!, token);
	});
	return (inRow, inColumn) => tokens.get(inRow * rows.sequenceLength + inColumn);
}

export function requireLength(model: LoadedModel, sequenceLength: number): void {
	const longest = model.config.maxPositions;
	if (sequenceLength <= longest) return;
	throw new MaskwrightError(
		"tooLong",
		`The recipe's rows have ${sequenceLength} tokens and the model sees ${longest} at most, so it cannot be asked about them. Choose a recipe with shorter rows.`,
	);
}
