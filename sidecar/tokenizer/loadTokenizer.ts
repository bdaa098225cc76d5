import type { AddedToken } from "./addedTokens.ts";
import { tokenBytes } from "./byteLevel.ts";
import { PieceTokenizer } from "./pieceTokenizer.ts";
import { readBpe } from "./readBpe.ts";
import { readWordPiece } from "./readWordPiece.ts";
import { findSpecialTokens } from "./specialTokens.ts";
import { type SpecialRole, specialRoles, type Tokenizer } from "./tokenizer.ts";
import { isTokenId, JsonObject, quote, readVocabulary, refuseFile } from "./tokenizerFile.ts";
import { encodeWtf8 } from "./wtf8.ts";

/** `specialTokensMap`: the content of a `special_tokens_map.json`, which names the tokens that play each part. */
export interface LoadOptions {
	readonly specialTokensMap?: unknown;
}

/**
 * Makes a tokenizer from the parsed content of a Hugging Face `tokenizer.json`: WordPiece or byte-level BPE. Its
 * ids are those of the Hugging Face library; `truncation` and `padding` are not applied. Throws `tokenizerInvalid`
 * for whatever it does not know rather than guess.
 */
export function loadTokenizer(json: unknown, options: LoadOptions = {}): Tokenizer {
	const file = new JsonObject(json, "content");
	const model = file.object("model");
	const type = model.optionalString("type") ?? (model.has("merges") ? "BPE" : "WordPiece");
	if (type !== "BPE" && type !== "WordPiece") refuseFile(`its model is ${quote(type)}, not WordPiece or BPE`);
	const vocabulary = readVocabulary(model);
	const added = readAddedTokens(file, vocabulary, type);
	const ids = new Map([...vocabulary, ...added.map((token) => [token.content, token.id] as const)]);
	const special = findSpecialTokens(ids, added, readRoles(file, model, options.specialTokensMap));
	return new PieceTokenizer({
		kind: type === "BPE" ? "bpe" : "wordpiece",
		model: type === "BPE" ? readBpe(file, vocabulary) : readWordPiece(file, vocabulary),
		ids,
		added,
		special,
		pieceBytes: type === "BPE" ? tokenBytes : encodeWtf8,
		json,
	});
}

function readAddedTokens(file: JsonObject, vocabulary: ReadonlyMap<string, number>, type: string): AddedToken[] {
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
		if (type === "WordPiece" && normalized && !special) {
			refuseFile(`its added token ${quote(content)} is to be found in normalised text, which is not supported`);
		}
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

/** Who plays which part: by the map, else by the post-processor, else (for unk) by the model. */
function readRoles(file: JsonObject, model: JsonObject, map: unknown): Map<SpecialRole, string> {
	const roles = new Map<SpecialRole, string>();
	const unknown = model.optionalString("unk_token");
	if (unknown !== undefined) roles.set("unk", unknown);
	for (const role of ["cls", "sep"] as const) {
		const pair = file.optionalObject("post_processor")?.unknown(role);
		if (Array.isArray(pair) && typeof pair[0] === "string") roles.set(role, pair[0]);
	}
	if (map === undefined) return roles;
	const named = new JsonObject(map, "special_tokens_map");
	for (const role of specialRoles) {
		const value = named.unknown(`${role}_token`);
		if (typeof value === "string") roles.set(role, value);
		else if (value !== undefined) roles.set(role, named.object(`${role}_token`).string("content"));
	}
	return roles;
}
