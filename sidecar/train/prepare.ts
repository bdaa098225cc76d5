import { MaskwrightError } from "../base/errors.ts";
import type { Document } from "../data/document.ts";
import { encodeDocument } from "../data/encodeDocument.ts";
import { packDocuments } from "../data/packing.ts";
import { pieceTable } from "../data/pieces.ts";
import { readDocuments } from "../data/readers/readers.ts";
import { splitHeldOut } from "../data/split.ts";
import { characterTokenizer, unknownCharacter } from "../tokenizer/characterTokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { trainByteLevelBpe } from "../tokenizer/trainer.ts";
import type { PreparedCorpus } from "./preparedCorpus.ts";
import type { Recipe } from "./recipe.ts";
import { taskOf } from "./tasks/tasks.ts";
import type { StartingWeights, TrainingTask } from "./tasks/trainingTask.ts";

export interface PrepareOptions {
	/** The model to train on from, whose tokenizer is taken; by default one is trained on the corpus. */
	readonly start?: StartingWeights & { readonly tokenizer: Tokenizer };
	readonly signal?: AbortSignal;
	readonly onProgress?: (stage: "reading" | "tokenizer" | "encoding", done: number) => void;
}

/**
 * Reads, splits and tokenizes a corpus and makes the examples of the recipe's task. Held-out files are chosen before anything is learned: the
 * tokenizer sees the training files alone.
 * @throws `notFound`, `emptyCorpus`, `vocabularyTooLarge`.
 */
export async function prepareCorpus(
	path: string,
	recipe: Recipe,
	options: PrepareOptions = {},
): Promise<PreparedCorpus> {
	const { signal, onProgress } = options;
	const { documents, leftOut } = await readDocuments(path, recipe.data.reader ?? { name: "text" }, {
		maximumFileBytes: recipe.data.maxFileBytes,
		onProgress: ({ taken }) => onProgress?.("reading", taken),
		...(signal === undefined ? {} : { signal }),
	});
	const { train, heldOut } = splitHeldOut(documents, { fraction: recipe.data.heldOutShare });
	if (train.length === 0 || heldOut.length === 0) {
		throw new MaskwrightError(
			"emptyCorpus",
			`${path} has ${documents.length === 1 ? "only one text" : "no texts"} to learn from, and one must be kept aside to score the model. Name a folder with more source files, or a file with more records.`,
		);
	}
	onProgress?.("tokenizer", 0);
	const task = taskOf(recipe);
	const { start } = options;
	const tokenizer = start?.tokenizer ?? tokenizerOf(train, recipe, task);
	if (recipe.tokenizer.alphabet !== undefined) requireAlphabet(documents, tokenizer);
	const { special } = tokenizer;
	const { sequenceLength } = recipe.data;
	const encoded = (done: number): void => onProgress?.("encoding", done);
	const examples = await task.prepare(
		{ train, heldOut },
		{ tokenizer, corpus: path, signal, start, onEncoded: encoded },
	);
	const heldOutTokens = heldOut.map((document, index) => {
		encoded(index);
		return encodeDocument(document, tokenizer).ids;
	});
	return {
		...examples,
		tokenizer,
		pieces: pieceTable(tokenizer),
		heldOut: packDocuments(heldOutTokens, { sequenceLength, special }),
		files: documents.length,
		heldOutFiles: heldOut.length,
		leftOut,
	};
}

/** A sequence of unknown letters would be trained on as if it were one of known ones. */
function requireAlphabet(documents: readonly Document[], tokenizer: Tokenizer): void {
	for (const { path, text, regions = [] } of documents) {
		const unknown = unknownCharacter(tokenizer, text);
		if (unknown === undefined) continue;
		const region = regions.find(({ start, end }) => start <= unknown.at && unknown.at < end);
		const where = region === undefined ? "" : ` of its ${region.name} text`;
		throw new MaskwrightError(
			"corpusInvalid",
			`${path}: character ${unknown.at - (region?.start ?? 0) + 1}${where} is ${JSON.stringify(unknown.character)}, which is not in tokenizer.alphabet. Correct it, or add it to the alphabet.`,
		);
	}
}

function tokenizerOf(
	documents: readonly Document[],
	recipe: Recipe,
	{ tokenizerText }: Pick<TrainingTask, "tokenizerText">,
): Tokenizer {
	const { alphabet, exactSize = false } = recipe.tokenizer;
	if (alphabet !== undefined) return characterTokenizer(alphabet);
	const texts = documents.map(({ text }) => tokenizerText?.(text) ?? text);
	return trainByteLevelBpe(texts, { ...recipe.tokenizer, fits: !exactSize });
}
