import { dirname } from "node:path";
import { isError, MaskwrightError } from "../base/errors.ts";
import { evaluationSeed } from "../data/masking/config.ts";
import { type PackedRows, packDocuments } from "../data/packing.ts";
import { readCorpus } from "../data/readers/corpus.ts";
import type { LoadedModel } from "../inference/loadedModel.ts";
import { loadCorpus } from "../train/corpusFile.ts";
import { evaluationSample } from "../train/evaluation.ts";

/**
 * How much text the rows are drawn from, in characters for each of their tokens. A token of code has some three to four
 * characters, so there are about eight rows for each that is scored: rows of many documents, tokenized in a second.
 */
const charactersPerToken = 32;

/** At most `count` rows of `data` for a model: drawn from all of it, or from a sample where it is longer than that needs. */
export async function rowsOfData(model: LoadedModel, data: string, count: number): Promise<PackedRows> {
	const { tokenizer, sequenceLength } = model;
	const characters = count * sequenceLength * charactersPerToken;
	const { documents } = await readCorpus(data, { sample: { characters, seed: evaluationSeed } });
	const encoded = documents.map(({ text }) => tokenizer.encode(text).ids);
	return evaluationSample(packDocuments(encoded, { sequenceLength, special: tokenizer.special }), count);
}

/** At most `count` rows that the run which made the model in `folder` held out. Throws `usage` where there is no run. */
export function rowsOfRun(folder: string, count: number): PackedRows {
	try {
		return evaluationSample(loadCorpus(dirname(folder)).heldOut, count);
	} catch (error) {
		if (!isError(error, "checkpointInvalid")) throw error;
		throw new MaskwrightError(
			"usage",
			`The rows that were held out when the model in ${folder} was trained are not there. Name other text: --data FOLDER.`,
			{ cause: error },
		);
	}
}
