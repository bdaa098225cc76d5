import type { JsonObject } from "./tokenizerFile.ts";
import {
	formerNonspacingMarks,
	formerPunctuation,
	laterDecompositions,
	laterFormats,
	laterNonspacingMarks,
	laterPunctuation,
} from "./unicodeOfBert.ts";

/** The switches of Hugging Face's `BertNormalizer`. */
export interface BertNormalization {
	/** Drops control characters and makes white space plain. */
	readonly cleanText: boolean;
	/** Makes each CJK ideograph a word of its own. */
	readonly handleChineseChars: boolean;
	readonly stripAccents: boolean;
	readonly lowercase: boolean;
}

/** What becomes of one character: part of a word (perhaps an empty one), white space, or words of its own. */
export interface NormalizedCharacter {
	readonly kind: "word" | "space" | "isolated";
	/** The characters it becomes, white space left out. */
	readonly characters: readonly string[];
}

const whiteSpace = /\p{White_Space}/u;
const punctuation = /[!-/:-@[-`{-~]|\p{P}/u;
const nonspacingMark = /\p{Mn}/u;
const dropped = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/u;
const ideograph =
	/[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/u;

/**
 * Normalises as `BertNormalizer` and cuts as `BertPreTokenizer` do. Both look at one character at a time, so that
 * each code point is worked out once and remembered.
 */
export class BertNormalizer {
	readonly #options: BertNormalization;
	readonly #known = new Map<number, NormalizedCharacter>();
	readonly #ascii: NormalizedCharacter[];

	constructor(options: BertNormalization) {
		this.#options = options;
		this.#ascii = Array.from({ length: 128 }, (_, codePoint) => this.#normalize(codePoint));
	}

	/** The normalizer that a file describes. */
	static read(json: JsonObject): BertNormalizer {
		const lowercase = json.boolean("lowercase", true);
		return new BertNormalizer({
			cleanText: json.boolean("clean_text", true),
			handleChineseChars: json.boolean("handle_chinese_chars", true),
			stripAccents: json.boolean("strip_accents", lowercase),
			lowercase,
		});
	}

	/** What becomes of a code point. */
	character(codePoint: number): NormalizedCharacter {
		if (codePoint < 128) return this.#ascii[codePoint]!;
		const known = this.#known.get(codePoint);
		if (known !== undefined) return known;
		const normalized = this.#normalize(codePoint);
		this.#known.set(codePoint, normalized);
		return normalized;
	}

	/** The text that becomes of a code point: an ideograph with the blanks around it that make it a word. */
	text(codePoint: number): string {
		const text = this.#textOf(codePoint);
		return this.#isolates(codePoint) ? ` ${text} ` : text;
	}

	#textOf(codePoint: number): string {
		const { cleanText, stripAccents, lowercase } = this.#options;
		let text = String.fromCodePoint(codePoint);
		if (cleanText) text = clean(text, codePoint);
		if (stripAccents && !laterDecompositions.has(codePoint)) text = withoutMarks(text.normalize("NFD"));
		if (lowercase) text = Array.from(text, (character) => character.toLowerCase()).join("");
		return text;
	}

	#isolates(codePoint: number): boolean {
		return this.#options.handleChineseChars && ideograph.test(String.fromCodePoint(codePoint));
	}

	#normalize(codePoint: number): NormalizedCharacter {
		const text = this.#textOf(codePoint);
		const characters = Array.from(text).filter((character) => !whiteSpace.test(character));
		if (text !== "" && characters.length === 0) return { kind: "space", characters };
		const alone = this.#isolates(codePoint) || characters.some(isPunctuation);
		return { kind: alone ? "isolated" : "word", characters };
	}
}

function clean(character: string, codePoint: number): string {
	if (/[\t\n\r]/.test(character)) return " ";
	if (dropped.test(character) && !laterFormats.has(codePoint)) return "";
	return whiteSpace.test(character) ? " " : character;
}

function withoutMarks(text: string): string {
	return Array.from(text)
		.filter((character) => {
			const codePoint = character.codePointAt(0)!;
			if (formerNonspacingMarks.has(codePoint)) return false;
			return !nonspacingMark.test(character) || laterNonspacingMarks.has(codePoint);
		})
		.join("");
}

/** Whether `BertPreTokenizer` makes this character a word of its own. */
export function isPunctuation(character: string): boolean {
	const codePoint = character.codePointAt(0)!;
	return formerPunctuation.has(codePoint) || (punctuation.test(character) && !laterPunctuation.has(codePoint));
}
