import { BertNormalizer } from "./bertNormalizer.ts";
import type { PieceModel } from "./pieceTokenizer.ts";
import { type JsonObject, quote, refuseFile } from "./tokenizerFile.ts";
import { continuation, WordPieceModel } from "./wordPieceModel.ts";

/** Reads a WordPiece model with BERT's normalizer and pre-tokenizer. Throws `tokenizerInvalid` for any other part. */
export function readWordPiece(file: JsonObject, vocabulary: ReadonlyMap<string, number>): PieceModel {
	const model = file.object("model");
	const prefix = model.optionalString("continuing_subword_prefix") ?? continuation;
	if (prefix !== continuation) refuseFile(`its pieces go on with ${quote(prefix)} and not with ${quote(continuation)}`);
	const unknownToken = model.optionalString("unk_token") ?? "[UNK]";
	const unknownId = vocabulary.get(unknownToken);
	if (unknownId === undefined) refuseFile(`its vocabulary lacks its own unknown token ${quote(unknownToken)}`);
	const preTokenizer = file.optionalObject("pre_tokenizer")?.string("type");
	if (preTokenizer !== "BertPreTokenizer") {
		refuseFile(
			`its pre-tokenizer is ${preTokenizer === undefined ? "missing" : quote(preTokenizer)}, not BertPreTokenizer`,
		);
	}
	return new WordPieceModel(vocabulary, {
		normalizer: readNormalizer(file.optionalObject("normalizer")),
		unknownId,
		longestWord: model.integer("max_input_chars_per_word", 100),
		cleanUp: file.optionalObject("decoder")?.boolean("cleanup", true) ?? true,
	});
}

function readNormalizer(normalizer: JsonObject | undefined): BertNormalizer {
	if (normalizer === undefined) {
		return new BertNormalizer({ cleanText: false, handleChineseChars: false, stripAccents: false, lowercase: false });
	}
	const type = normalizer.string("type");
	if (type !== "BertNormalizer") refuseFile(`its normalizer is ${quote(type)}, not BertNormalizer`);
	const lowercase = normalizer.boolean("lowercase", true);
	return new BertNormalizer({
		cleanText: normalizer.boolean("clean_text", true),
		handleChineseChars: normalizer.boolean("handle_chinese_chars", true),
		stripAccents: normalizer.boolean("strip_accents", lowercase),
		lowercase,
	});
}
