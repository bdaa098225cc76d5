import { availableParallelism } from "node:os";
import { evaluateBaselines } from "../data/baselines.ts";
import { packDocuments } from "../data/packing.ts";
import { readCorpus } from "../data/readers/corpus.ts";
import { openModel } from "../inference/loadedModel.ts";
import type { HeldOut } from "../protocol/scores.ts";
import { evaluate, evaluationSample, evaluationShape } from "../train/evaluation.ts";

/** Rows that are scored at most: enough that a share is known to about one point. */
const scoredRows = 512;

/** Baselines of a model that was saved without the counts of what it was trained on. */
const nothingCounted: HeldOut["baselines"] = {
	unigramTop1: null,
	bigramTop1: null,
	cacheTop1: null,
	cacheTop5: null,
	cacheWordTop1: null,
};

/**
 * Scores a model folder on all documents of `data` by the measure of `heldOut`. Throws as `openModel` and
 * `readCorpus` do.
 */
export async function evaluateModel(folder: string, data: string): Promise<HeldOut> {
	const { documents } = await readCorpus(data);
	const model = openModel(folder, { executionProvider: "cpu", threads: availableParallelism() });
	try {
		const { tokenizer, pieces, sequenceLength, ngrams } = model;
		const { mask: maskId, pad: padId } = tokenizer.special;
		const encoded = documents.map(({ text }) => tokenizer.encode(text).ids);
		const packed = packDocuments(encoded, { sequenceLength, special: tokenizer.special });
		const rows = evaluationSample(packed, scoredRows);
		const scorer = await model.scorer(evaluationShape(sequenceLength));
		const scores = await evaluate({ scorer, rows, pieces, maskId, padId });
		return {
			...scores,
			baselines: ngrams === undefined ? nothingCounted : evaluateBaselines(ngrams, rows, { pieces }),
		};
	} finally {
		await model.release();
	}
}
