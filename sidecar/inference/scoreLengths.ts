import { MaskwrightError } from "../base/errors.ts";
import type { LoadedModel } from "./loadedModel.ts";
import type { ScorerInputs, ScorerShape } from "./scorer.ts";
import type { SlotContext } from "./slotContext.ts";

/** One row to score: a context around pieces, some of which are masked. */
export interface MaskedRow {
	readonly context: SlotContext;
	/** The ids of the slot; the mask id where the model is to answer. */
	readonly pieces: readonly number[];
}

/** For each row the probabilities [vocabularySize of the model] at its masked pieces, in order. */
export type RowProbabilities = Float32Array[];

export interface ScoreOptions {
	/** Checked before every run of the model; throws `interrupted`. */
	readonly signal?: AbortSignal;
	/** Rows of one run; more rows take more runs. */
	readonly rowsPerRun: number;
	/** Masked pieces of one row at most. */
	readonly masksPerRow: number;
}

/** The longest fill of a mask without a number, in pieces. */
export const longestFill = 6;

/** Rows, and the masks of a run, are padded to multiples of these, so that a model needs few sessions. */
const lengthStep = 32;
const maskStep = 24;

/**
 * The shapes of the runs for masks without a number and with a small one: first for rows as long as the model holds,
 * then for ever shorter ones.
 */
export function likelyShapes(sequenceLength: number): ScorerShape[] {
	const lengths: number[] = [];
	for (let length = sequenceLength; length > 0; length = Math.ceil(length / lengthStep - 1) * lengthStep) {
		lengths.push(length);
	}
	return lengths.map((length) => ({ rows: longestFill, sequenceLength: length, maskedRows: maskStep }));
}

/** Scores rows in as few runs of the model as their number asks for. */
export async function scoreRows(
	model: LoadedModel,
	rows: readonly MaskedRow[],
	options: ScoreOptions,
): Promise<RowProbabilities[]> {
	const { rowsPerRun, masksPerRow, signal } = options;
	const results: RowProbabilities[] = [];
	for (let from = 0; from < rows.length; from += rowsPerRun) {
		if (signal?.aborted) throw new MaskwrightError("interrupted", "The model was stopped before it was done.");
		results.push(...(await scoreRun(model, rows.slice(from, from + rowsPerRun), { rowsPerRun, masksPerRow })));
	}
	return results;
}

/**
 * Scores rows in one run of a model with n-grams as classes: as `scoreRows` does, and the probabilities of single tokens
 * and n-grams together [vocabularySize + ngrams] at the first mask of all.
 */
export async function scoreWhole(
	model: LoadedModel,
	rows: readonly MaskedRow[],
	{ rowsPerRun, masksPerRow, signal }: ScoreOptions,
): Promise<{ byRow: RowProbabilities[]; whole: Float32Array }> {
	if (signal?.aborted) throw new MaskwrightError("interrupted", "The fill was stopped before it was done.");
	const { shape, inputs, starts } = layOut(model, rows, { rowsPerRun, masksPerRow });
	const { tokens, whole } = await (await model.ngramScorer(shape)).score(inputs);
	return { byRow: cutRows(model, tokens, starts), whole: whole.subarray(0, whole.length / shape.maskedRows) };
}

async function scoreRun(
	model: LoadedModel,
	rows: readonly MaskedRow[],
	options: ScoreOptions,
): Promise<RowProbabilities[]> {
	const { shape, inputs, starts } = layOut(model, rows, options);
	const scorer = await model.scorer(shape);
	return cutRows(model, await scorer.score(inputs), starts);
}

/** Rows as the inputs of a run; the masks of row r are those from `starts[r]` to `starts[r + 1]`. */
function layOut(
	model: LoadedModel,
	rows: readonly MaskedRow[],
	{ rowsPerRun, masksPerRow }: Omit<ScoreOptions, "signal">,
): { shape: ScorerShape; inputs: ScorerInputs; starts: readonly number[] } {
	const { mask, pad } = model.tokenizer.special;
	const longest = Math.max(...rows.map((row) => rowLength(row)));
	const length = Math.min(model.sequenceLength, Math.ceil(longest / lengthStep) * lengthStep);
	const shape = {
		rows: rowsPerRun,
		sequenceLength: length,
		maskedRows: Math.ceil((rowsPerRun * masksPerRow) / maskStep) * maskStep,
	};
	const inputIds = new Int32Array(rowsPerRun * length).fill(pad);
	const segments = new Int32Array(rowsPerRun * length).fill(-1);
	const positions = new Int32Array(rowsPerRun * length);
	const maskedPositions = new Int32Array(shape.maskedRows);
	const starts = [0];
	let masked = 0;
	rows.forEach(({ context, pieces }, slot) => {
		const from = slot * length;
		inputIds.set(context.left, from);
		inputIds.set(pieces, from + context.left.length);
		inputIds.set(context.right, from + context.left.length + pieces.length);
		const size = rowLength({ context, pieces });
		segments.fill(0, from, from + size);
		for (let at = 0; at < size; at++) positions[from + at] = at;
		pieces.forEach((piece, at) => {
			if (piece === mask) maskedPositions[masked++] = from + context.left.length + at;
		});
		starts.push(masked);
	});
	return { shape, inputs: { inputIds, segments, positions, maskedPositions }, starts };
}

/** Probabilities [M, vocabularySize] by row and mask. */
function cutRows(model: LoadedModel, probabilities: Float32Array, starts: readonly number[]): RowProbabilities[] {
	const size = model.config.vocabularySize;
	return starts.slice(0, -1).map((_, row) =>
		Array.from({ length: starts[row + 1]! - starts[row]! }, (_, offset) => {
			const at = (starts[row]! + offset) * size;
			return probabilities.subarray(at, at + size);
		}),
	);
}

function rowLength({ context, pieces }: MaskedRow): number {
	return context.left.length + pieces.length + context.right.length;
}
