import type { AddedToken } from "./addedTokens.ts";
import { BertNormalizer } from "./bertNormalizer.ts";
import type { PieceModel } from "./pieceTokenizer.ts";
import { readNormalizer } from "./pipeline/normalizers.ts";
import { PipelineModel } from "./pipeline/pipelineModel.ts";
import { readPreTokenizer } from "./pipeline/preTokenizers.ts";
import { type JsonObject, quote, refuseFile } from "./tokenizerFile.ts";
import { joinWordPieces, WordPieceModel } from "./wordPieceModel.ts";
import { continuation, WordPieces } from "./wordPieces.ts";

const longestWord = 100; // what every published model has
const longestAllowed = 2 ** 16;

/**
 * Reads a WordPiece model: with BERT's normalizer and pre-tokenizer as one pass, with others as a pipeline. Throws
 * `tokenizerInvalid` for any part it does not know.
 */
export function readWordPiece(
	file: JsonObject,
	vocabulary: ReadonlyMap<string, number>,
	added: readonly AddedToken[],
): PieceModel {
	const model = file.object("model");
	const prefix = model.optionalString("continuing_subword_prefix") ?? continuation;
	if (prefix !== continuation) refuseFile(`its pieces go on with ${quote(prefix)} and not with ${quote(continuation)}`);
	const unknownToken = model.optionalString("unk_token") ?? "[UNK]";
	const unknownId = vocabulary.get(unknownToken);
	if (unknownId === undefined) refuseFile(`its vocabulary lacks its own unknown token ${quote(unknownToken)}`);
	const longest = model.integer("max_input_chars_per_word", longestWord);
	if (longest > longestAllowed) refuseFile(`its words may have ${longest} characters, more than ${longestAllowed}`);
	const pieces = new WordPieces(vocabulary, { unknownId, longestWord: longest });
	const cleanUp = readCleanUp(file.optionalObject("decoder"));
	const normalizer = readBertNormalizer(file);
	const normalized = added.filter((token) => token.normalized && !token.special);
	if (normalizer !== undefined && normalized.length === 0) {
		return new WordPieceModel(vocabulary, pieces, { normalizer, unknownId, cleanUp });
	}
	const preTokenizer = readPreTokenizer(file.optionalObject("pre_tokenizer"));
	if (preTokenizer.bytes) refuseFile("its WordPiece model is over bytes");
	return new PipelineModel({
		normalizer: readNormalizer(file.optionalObject("normalizer")),
		preTokenizer,
		encodeWord: (word) => pieces.encode(word),
		decode: (all) => joinWordPieces(all, cleanUp),
		added: added.filter((token) => token.normalized),
	});
}

/** BERT's own normalizer, when the file has it (or none) and BERT's pre-tokenizer. */
function readBertNormalizer(file: JsonObject): BertNormalizer | undefined {
	if (file.optionalObject("pre_tokenizer")?.string("type") !== "BertPreTokenizer") return undefined;
	const normalizer = file.optionalObject("normalizer");
	if (normalizer === undefined) {
		return new BertNormalizer({ cleanText: false, handleChineseChars: false, stripAccents: false, lowercase: false });
	}
	return normalizer.string("type") === "BertNormalizer" ? BertNormalizer.read(normalizer) : undefined;
}

function readCleanUp(decoder: JsonObject | undefined): boolean {
	const type = decoder?.string("type") ?? "WordPiece";
	if (type !== "WordPiece") refuseFile(`its decoder ${quote(type)} is not WordPiece`);
	return decoder?.boolean("cleanup", true) ?? true;
}
