import { MaskwrightError } from "../base/errors.ts";

/** The largest vocabulary, and the most merges, that a file may have. */
export const largestVocabulary = 2 ** 20;
const longestToken = 4096;

/** Throws `tokenizerInvalid` for a file that cannot be used, with the reason and what to do. */
export function refuseFile(reason: string): never {
	throw new MaskwrightError(
		"tokenizerInvalid",
		`The tokenizer file cannot be used: ${reason}. ` +
			"Use the tokenizer.json of a WordPiece, byte-level BPE or Unigram tokenizer (those of BERT, RoBERTa and " +
			"DeBERTa are), or write it anew with save_pretrained of transformers.",
	);
}

/** No file of a tokenizer comes near it; that of the largest vocabularies has 40 million characters. */
const longestFile = 2 ** 26;

/** What walks a file, or writes it again, goes a level deeper with each of its own. */
const deepestFile = 64;

/** The content of a JSON file. */
export function parseJson(text: string, name: string): unknown {
	if (text.length > longestFile) refuseFile(`its ${name} is longer than ${longestFile} characters`);
	if (isNestedDeeper(text, deepestFile)) refuseFile(`its ${name} is nested deeper than ${deepestFile} levels`);
	try {
		return JSON.parse(text);
	} catch {
		return refuseFile(`its ${name} is not JSON, or is cut short`);
	}
}

function isNestedDeeper(json: string, levels: number): boolean {
	let depth = 0;
	let quoted = false;
	for (let at = 0; at < json.length; at++) {
		const unit = json.charCodeAt(at);
		if (unit === 0x22) quoted = !quoted;
		else if (quoted) at += unit === 0x5c ? 1 : 0;
		else if (unit === 0x5b || unit === 0x7b) depth++;
		else if (unit === 0x5d || unit === 0x7d) depth--;
		if (depth > levels) return true;
	}
	return false;
}

/** The own fields of a JSON object; a field that is missing or null reads as undefined. */
export class JsonObject {
	readonly #fields: ReadonlyMap<string, unknown>;
	readonly #name: string;

	constructor(value: unknown, name: string) {
		if (typeof value !== "object" || value === null || Array.isArray(value)) refuseFile(`its ${name} is not an object`);
		this.#fields = new Map(Object.entries(value));
		this.#name = name;
	}

	has(field: string): boolean {
		return (this.#fields.get(field) ?? undefined) !== undefined;
	}

	unknown(field: string): unknown {
		return this.#fields.get(field) ?? undefined;
	}

	/** Every field with its value. */
	entries(): [string, unknown][] {
		return [...this.#fields];
	}

	object(field: string): JsonObject {
		return new JsonObject(this.#fields.get(field), `${this.#name}.${field}`);
	}

	/** The object in a field, or undefined when there is none. */
	optionalObject(field: string): JsonObject | undefined {
		return this.has(field) ? this.object(field) : undefined;
	}

	string(field: string): string {
		const value = this.#fields.get(field);
		if (typeof value !== "string") refuseFile(`its ${this.#name}.${field} is not a text`);
		if (value.length > longestToken) refuseFile(`its ${this.#name}.${field} is longer than ${longestToken} characters`);
		return value;
	}

	optionalString(field: string): string | undefined {
		return this.has(field) ? this.string(field) : undefined;
	}

	boolean(field: string, missing: boolean): boolean {
		const value = this.#fields.get(field) ?? missing;
		if (typeof value !== "boolean") refuseFile(`its ${this.#name}.${field} is neither true nor false`);
		return value;
	}

	optionalBoolean(field: string): boolean | undefined {
		return this.has(field) ? this.boolean(field, false) : undefined;
	}

	integer(field: string, missing?: number): number {
		const value = this.#fields.get(field) ?? missing;
		if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 2 ** 31 - 1) {
			refuseFile(`its ${this.#name}.${field} is not a whole number from 0 on`);
		}
		return value;
	}

	/** The array in a field, empty when there is none, of at most `largestVocabulary` elements. */
	array(field: string): readonly unknown[] {
		const value = this.#fields.get(field) ?? [];
		if (!Array.isArray(value)) refuseFile(`its ${this.#name}.${field} is not a list`);
		if (value.length > largestVocabulary)
			refuseFile(`its ${this.#name}.${field} has more than ${largestVocabulary} elements`);
		return value;
	}

	/** The objects in a list, which is empty when there is none. */
	objects(field: string): readonly JsonObject[] {
		return this.array(field).map((value, index) => new JsonObject(value, `${this.#name}.${field}[${index}]`));
	}
}

/** Reads a map of tokens to ids: ids unique and below `largestVocabulary`, tokens of sane length. */
export function readIds(vocab: unknown): Map<string, number> {
	if (typeof vocab !== "object" || vocab === null || Array.isArray(vocab))
		refuseFile("its vocabulary is not an object");
	const entries = Object.entries(vocab);
	if (entries.length === 0) refuseFile("its vocabulary is empty");
	if (entries.length > largestVocabulary) refuseFile(`its vocabulary has more than ${largestVocabulary} tokens`);
	const taken = new Set<unknown>();
	for (const [token, id] of entries) {
		if (!isTokenId(id))
			refuseFile(`the id of its token ${quote(token)} is not a whole number below ${largestVocabulary}`);
		if (taken.has(id)) refuseFile(`two of its tokens have the id ${id}`);
		if (token.length > longestToken) refuseFile(`its token ${quote(token)} is longer than ${longestToken} characters`);
		taken.add(id);
	}
	return new Map(entries);
}

/** Whether a value can be a token's id. */
export function isTokenId(id: unknown): id is number {
	return typeof id === "number" && Number.isInteger(id) && id >= 0 && id < largestVocabulary;
}

/** A text from a file as it may stand in a sentence: quoted, escaped and short. */
export function quote(text: string): string {
	return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
