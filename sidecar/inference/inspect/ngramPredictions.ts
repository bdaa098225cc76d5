import { MaskwrightError } from "../../base/errors.ts";
import { maskPackedRow, packedRow } from "../../data/collate.ts";
import { collateNgrams, maskUnits } from "../../data/ngramMasks/collateNgrams.ts";
import { ngramShape } from "../../data/ngramMasks/ngramBatch.ts";
import type { PackedRows } from "../../data/packing.ts";
import type { Unit } from "../../data/pieces.ts";
import type { LoadedModel } from "../loadedModel.ts";
import type { ScorerInputs } from "../scorer.ts";
import type { DocumentRows } from "./documentRows.ts";
import { type Judgement, judge } from "./judgement.ts";
import { collateOptions, type PredictOptions, requireLength, rowsIn, tokenAt } from "./maskingPreview.ts";

/**
 * What the model says at each mask of rows in which one stands for a whole n-gram, by the first token that it hides. A
 * model that has not learned n-grams, or not this one, is not judged where several tokens are hidden. It sees the whole
 * row, as a fill does. Throws as `predictMasked`.
 */
export async function predictNgrams(
	model: LoadedModel,
	document: DocumentRows,
	options: PredictOptions,
): Promise<Map<number, Judgement>> {
	const { rows, row } = document;
	const { sequenceLength } = rows;
	requireLength(model, sequenceLength);
	const { first, end, top, masking, signal } = options;
	const at = tokenAt(document);
	const shape = ngramShape({ rows: 1, textLength: sequenceLength, hasFine: false }, masking);
	const collation = collateOptions(model, options);
	const scored = { rows: 1, sequenceLength: shape.length, maskedRows: shape.masks };
	const judgements = new Map<number, Judgement>();
	for (const inRow of rowsIn(row.subarray(first, end))) {
		if (signal?.aborted) throw new MaskwrightError("interrupted", "The model was stopped before it was done.");
		const units = maskUnits(packedRow(rows, inRow, model.pieces), maskPackedRow(rows, inRow, collation));
		if (units.length === 0) continue;
		const { special } = model.tokenizer;
		const vocabularySize = model.config.vocabularySize;
		const batch = collateNgrams(rows, [inRow], { ...collation, padId: special.pad, shape, vocabularySize, ngrams: 0 });
		const { size, probabilities } = await probabilitiesOf(model, scored, {
			...batch,
			maskedPositions: batch.coarse.positions,
		});
		for (const [index, unit] of units.entries()) {
			const token = at(inRow, unit.start);
			const truth = truthOf(model, rows, inRow, unit);
			if (token === undefined || truth === undefined || token < first || token >= end) continue;
			judgements.set(token, judge(model, probabilities.subarray(index * size, (index + 1) * size), { truth, top }));
		}
	}
	return judgements;
}

/** At each mask the probabilities of tokens [M, V], and behind them of n-grams where the model has learned some. */
async function probabilitiesOf(
	model: LoadedModel,
	shape: { rows: number; sequenceLength: number; maskedRows: number },
	inputs: ScorerInputs,
): Promise<{ size: number; probabilities: Float32Array }> {
	const { vocabularySize } = model.config;
	if (model.ngramHead === undefined) {
		const scorer = await model.scorer(shape, "float32");
		return { size: vocabularySize, probabilities: await scorer.score(inputs) };
	}
	const scorer = await model.ngramScorer(shape);
	const { whole } = await scorer.score(inputs);
	return { size: vocabularySize + model.ngramHead.lexicon.count, probabilities: whole };
}

/** The id of what a mask hides; undefined for an n-gram that the model does not know. */
function truthOf(model: LoadedModel, rows: PackedRows, row: number, { start, end }: Unit): number | undefined {
	const from = row * rows.sequenceLength;
	const tokens = rows.tokens.subarray(from + start, from + end);
	if (tokens.length === 1) return tokens[0]!;
	const ngram = model.ngramHead?.byTokens.get(tokens.join());
	return ngram === undefined ? undefined : model.config.vocabularySize + ngram;
}
