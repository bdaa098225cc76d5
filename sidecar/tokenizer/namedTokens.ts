import { type SpecialRole, specialRoles } from "./tokenizer.ts";
import { isTokenId, JsonObject, quote, refuseFile } from "./tokenizerFile.ts";

/** A token that the files beside a vocabulary name: with its id when they give one, and the part that it plays. */
export interface NamedToken {
	readonly content: string;
	readonly id: number | undefined;
	readonly role: SpecialRole | undefined;
	readonly special: boolean;
	/** Undefined where no file says them. */
	readonly flags: TokenFlags | undefined;
}

/** How a token is found in a text, in the spelling of `tokenizer.json`. */
export interface TokenFlags {
	readonly single_word: boolean;
	readonly lstrip: boolean;
	readonly rstrip: boolean;
	readonly normalized: boolean;
}

/** The parsed files that name tokens; each may be missing. */
export interface NamingFiles {
	readonly tokenizerConfig: JsonObject | undefined;
	readonly specialTokensMap: JsonObject | undefined;
	readonly addedTokens: JsonObject | undefined;
}

const otherRoles = ["bos", "eos"] as const;

/**
 * The tokens that `tokenizer_config.json` (`added_tokens_decoder`, `mask_token` and the like),
 * `special_tokens_map.json` and `added_tokens.json` name, one entry a token, in every form that Hugging Face's
 * releases have written: a text, an object with `content` and flags, a list, a map of names.
 */
export function readNamedTokens(files: NamingFiles): NamedToken[] {
	const named = new Map<string, NamedToken>();
	const add = (token: NamedToken): void => {
		const known = named.get(token.content);
		if (known === undefined) named.set(token.content, token);
		else named.set(token.content, merged(known, token));
	};
	const { tokenizerConfig, specialTokensMap, addedTokens } = files;
	for (const token of decoderTokens(tokenizerConfig)) add(token);
	for (const source of [tokenizerConfig, specialTokensMap]) {
		if (source !== undefined) for (const token of roleTokens(source)) add(token);
	}
	for (const [content, id] of addedTokens?.entries() ?? []) {
		if (!isTokenId(id)) refuseFile(`added_tokens.json gives ${quote(content)} an id that is none`);
		add({ content, id, role: undefined, special: false, flags: undefined });
	}
	return [...named.values()];
}

/** What was read first decides, and what it leaves open is filled in. */
function merged(first: NamedToken, second: NamedToken): NamedToken {
	if (first.id !== undefined && second.id !== undefined && first.id !== second.id) {
		refuseFile(`two files give its token ${quote(first.content)} the ids ${first.id} and ${second.id}`);
	}
	return {
		...first,
		id: first.id ?? second.id,
		role: first.role ?? second.role,
		special: first.special || second.special,
		flags: first.flags ?? second.flags,
	};
}

/** `added_tokens_decoder`: `{"50264": {"content": "<mask>", "lstrip": true, ...}}`. */
function decoderTokens(config: JsonObject | undefined): NamedToken[] {
	const entries = config?.optionalObject("added_tokens_decoder")?.entries() ?? [];
	return entries.map(([key, value]) => {
		const id = Number(key);
		if (!/^\d{1,10}$/.test(key) || !isTokenId(id)) refuseFile(`added_tokens_decoder has the id ${quote(key)}`);
		const fields = new JsonObject(value, `added_tokens_decoder.${key}`);
		return { ...contentOf(fields), id, role: undefined, special: fields.boolean("special", false) };
	});
}

function roleTokens(source: JsonObject): NamedToken[] {
	const tokens: NamedToken[] = [];
	const add = (value: unknown, role: SpecialRole | undefined): void => {
		tokens.push({ ...tokenOf(value), id: undefined, role, special: true });
	};
	for (const role of specialRoles) if (source.has(`${role}_token`)) add(source.unknown(`${role}_token`), role);
	for (const role of otherRoles) if (source.has(`${role}_token`)) add(source.unknown(`${role}_token`), undefined);
	for (const field of ["additional_special_tokens", "extra_special_tokens"]) {
		for (const value of listOf(source, field)) add(value, undefined);
	}
	return tokens;
}

/** A list of tokens, or a map of names to tokens. */
function listOf(source: JsonObject, field: string): readonly unknown[] {
	if (!source.has(field)) return [];
	if (Array.isArray(source.unknown(field))) return source.array(field);
	return source
		.object(field)
		.entries()
		.map(([, value]) => value);
}

function tokenOf(value: unknown): { content: string; flags: TokenFlags | undefined } {
	if (typeof value === "string") return { content: value, flags: undefined };
	return contentOf(new JsonObject(value, "special token"));
}

function contentOf(fields: JsonObject): { content: string; flags: TokenFlags } {
	return {
		content: fields.string("content"),
		flags: {
			single_word: fields.boolean("single_word", false),
			lstrip: fields.boolean("lstrip", false),
			rstrip: fields.boolean("rstrip", false),
			normalized: fields.boolean("normalized", false),
		},
	};
}
