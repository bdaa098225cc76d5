import { MaskwrightError } from "../base/errors.ts";
import type { Document, LeftOut } from "../data/document.ts";
import { type PackedRows, packDocuments, padDocuments } from "../data/packing.ts";
import { type PieceTable, pieceTable } from "../data/pieces.ts";
import { readCorpus } from "../data/readers/corpus.ts";
import { splitHeldOut } from "../data/split.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { trainByteLevelBpe } from "../tokenizer/trainer.ts";
import type { Recipe } from "./recipe.ts";

/** What a run trains and is judged on: rows of token ids, and the tokenizer that made them. */
export interface PreparedCorpus {
	readonly tokenizer: Tokenizer;
	readonly pieces: PieceTable;
	readonly train: PackedRows;
	readonly heldOut: PackedRows;
	readonly files: number;
	readonly heldOutFiles: number;
	/** Tokens to train on, padding left out. */
	readonly tokens: number;
	readonly leftOut: readonly LeftOut[];
}

export interface PrepareOptions {
	/** The tokenizer of the model to train on from; by default one is trained on the corpus. */
	readonly tokenizer?: Tokenizer;
	readonly signal?: AbortSignal;
	readonly onProgress?: (stage: "reading" | "tokenizer" | "encoding", done: number) => void;
}

/**
 * Reads, splits, tokenizes and packs a corpus. Held-out files are chosen before anything is learned: the
 * tokenizer sees the training files alone.
 * @throws `notFound`, `emptyCorpus`, `vocabularyTooLarge`.
 */
export async function prepareCorpus(
	path: string,
	recipe: Recipe,
	options: PrepareOptions = {},
): Promise<PreparedCorpus> {
	const { signal, onProgress } = options;
	const { documents, leftOut } = await readCorpus(path, {
		maximumFileBytes: recipe.data.maxFileBytes,
		onProgress: ({ taken }) => onProgress?.("reading", taken),
		...(signal === undefined ? {} : { signal }),
	});
	const { train, heldOut } = splitHeldOut(documents, { fraction: recipe.data.heldOutShare });
	if (train.length === 0 || heldOut.length === 0) {
		throw new MaskwrightError(
			"emptyCorpus",
			`${path} has ${documents.length === 1 ? "only one file" : "no files"} to learn from, and one must be kept aside to score the model. Name a folder with more source files.`,
		);
	}
	onProgress?.("tokenizer", 0);
	const tokenizer = options.tokenizer ?? trainTokenizer(train, recipe);
	const { special } = tokenizer;
	const { sequenceLength, packing } = recipe.data;
	const encode = encoder(tokenizer, onProgress);
	const pack = packing === "isolated" ? packDocuments : padDocuments;
	const rows = pack(encode(train), { sequenceLength, special });
	return {
		tokenizer,
		pieces: pieceTable(tokenizer),
		train: rows,
		// Always packed, so that the scores of recipes compare whatever they train on.
		heldOut: packDocuments(encode(heldOut), { sequenceLength, special }),
		files: documents.length,
		heldOutFiles: heldOut.length,
		tokens: rows.tokens.length - rows.wasted - rows.repeated,
		leftOut,
	};
}

function trainTokenizer(documents: readonly Document[], recipe: Recipe): Tokenizer {
	const texts = documents.map(({ text }) => text);
	return trainByteLevelBpe(texts, recipe.tokenizer);
}

function encoder(tokenizer: Tokenizer, onProgress: PrepareOptions["onProgress"]) {
	return (documents: readonly Document[]): Int32Array[] =>
		documents.map(({ text }, index) => {
			onProgress?.("encoding", index);
			return tokenizer.encode(text).ids;
		});
}
