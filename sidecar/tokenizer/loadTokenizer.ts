import type { AddedToken } from "./addedTokens.ts";
import { tokenBytes } from "./byteLevel.ts";
import { PieceTokenizer } from "./pieceTokenizer.ts";
import { readBpe } from "./readBpe.ts";
import { readRoles } from "./readRoles.ts";
import { readUnigram, readUnigramVocabulary, unigramBytes } from "./readUnigram.ts";
import { readWordPiece } from "./readWordPiece.ts";
import { findSpecialTokens } from "./specialTokens.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { isTokenId, JsonObject, quote, readIds, refuseFile } from "./tokenizerFile.ts";
import { encodeWtf8 } from "./wtf8.ts";

/** `specialTokensMap`: the content of a `special_tokens_map.json`, which names the tokens that play each part. */
export interface LoadOptions {
	readonly specialTokensMap?: unknown;
}

/**
 * Makes a tokenizer from the parsed content of a Hugging Face `tokenizer.json`: WordPiece, byte-level BPE or Unigram
 * (SentencePiece). Its ids are those of the Hugging Face library; `truncation` and `padding` are not applied. Throws
 * `tokenizerInvalid` for whatever it does not know rather than guess.
 */
export function loadTokenizer(json: unknown, options: LoadOptions = {}): Tokenizer {
	const file = new JsonObject(json, "content");
	const model = file.object("model");
	const type = model.optionalString("type") ?? (model.has("merges") ? "BPE" : "WordPiece");
	if (type !== "BPE" && type !== "WordPiece" && type !== "Unigram") {
		refuseFile(`its model is ${quote(type)}, not WordPiece, BPE or Unigram`);
	}
	const unigram = type === "Unigram" ? readUnigramVocabulary(model) : undefined;
	const vocabulary = unigram?.ids ?? readIds(model.unknown("vocab"));
	const added = readAddedTokens(file, vocabulary);
	const ids = new Map([...vocabulary, ...added.map((token) => [token.content, token.id] as const)]);
	const special = findSpecialTokens(ids, added, readRoles(file, unigram, options.specialTokensMap));
	const parts = { ids, added, special, json };
	if (unigram !== undefined) {
		const pieceModel = readUnigram(file, unigram, added);
		return new PieceTokenizer({ ...parts, kind: "unigram", model: pieceModel, pieceBytes: unigramBytes });
	}
	return type === "BPE"
		? new PieceTokenizer({ ...parts, kind: "bpe", model: readBpe(file, vocabulary, added), pieceBytes: tokenBytes })
		: new PieceTokenizer({
				...parts,
				kind: "wordpiece",
				model: readWordPiece(file, vocabulary, added),
				pieceBytes: encodeWtf8,
			});
}

function readAddedTokens(file: JsonObject, vocabulary: ReadonlyMap<string, number>): AddedToken[] {
	const owners = new Map([...vocabulary].map(([token, id]) => [id, token]));
	const seen = new Set<string>();
	return file.array("added_tokens").map((entry, index) => {
		const fields = new JsonObject(entry, `added_tokens[${index}]`);
		const content = fields.string("content");
		const id = fields.integer("id");
		if (!isTokenId(id)) refuseFile(`the id ${id} of its added token ${quote(content)} is too large`);
		if (content === "" || /\p{Surrogate}/u.test(content)) refuseFile(`its added token ${quote(content)} is no text`);
		if (seen.has(content)) refuseFile(`its added token ${quote(content)} is listed twice`);
		seen.add(content);
		const known = vocabulary.get(content);
		if ((known ?? id) !== id || (owners.get(id) ?? content) !== content) {
			refuseFile(`the id ${id} of its added token ${quote(content)} contradicts the vocabulary`);
		}
		owners.set(id, content);
		const special = fields.boolean("special", false);
		const normalized = fields.boolean("normalized", !special);
		return {
			id,
			content,
			singleWord: fields.boolean("single_word", false),
			stripLeft: fields.boolean("lstrip", false),
			stripRight: fields.boolean("rstrip", false),
			normalized,
			special,
		};
	});
}
