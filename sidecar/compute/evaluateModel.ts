import { availableParallelism } from "node:os";
import { evaluateBaselines } from "../data/baselines.ts";
import { type OpenOptions, openModel } from "../inference/loadedModel.ts";
import type { HeldOut } from "../protocol/scores.ts";
import { evaluate, evaluationShape } from "../train/evaluation.ts";
import { rowsOfData } from "./heldOutRows.ts";

/** Rows that are scored at most: enough that a share is known to about one point. */
export const scoredRows = 512;

/** Baselines of a model that was saved without the counts of what it was trained on. */
const nothingCounted: HeldOut["baselines"] = {
	unigramTop1: null,
	bigramTop1: null,
	cacheTop1: null,
	cacheTop5: null,
	cacheWordTop1: null,
};

/**
 * Scores a model folder by the measure of `heldOut` on rows drawn from `data`: from all of it, or from a sample of its
 * documents where it is longer than that needs. Throws as `openModel` and `readCorpus` do.
 */
export async function evaluateModel(
	folder: string,
	data: string,
	options: Pick<OpenOptions, "precision"> = {},
): Promise<HeldOut> {
	const model = openModel(folder, { executionProvider: "cpu", threads: availableParallelism(), ...options });
	try {
		const { tokenizer, pieces, sequenceLength, ngrams } = model;
		const { mask: maskId, pad: padId } = tokenizer.special;
		const rows = await rowsOfData(model, data, scoredRows);
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
