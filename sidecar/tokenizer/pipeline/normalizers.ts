import { BertNormalizer } from "../bertNormalizer.ts";
import { type JsonObject, quote, refuseFile } from "../tokenizerFile.ts";
import { type AlignedText, AlignedTextWriter } from "./alignedText.ts";
import { Charsmap } from "./charsmap.ts";
import { readPattern } from "./patterns.ts";
import { replaceMatches, withPrefix } from "./rewriting.ts";
import { inForm, type UnicodeForm } from "./unicodeForms.ts";

/** Changes a text before it is cut. `growth`: how many times as long it can make one. */
export interface Normalizer {
	apply(text: AlignedText): AlignedText;
	readonly growth: number;
}

/** NFKC and SentencePiece's map make eighteen characters of one; a file that could do more is made to fill memory. */
const largestGrowth = 1024;
const deepest = 8;
const mostSteps = 32;
const longestPrefix = 64;

/** Reads the `normalizer` of a file. Throws `tokenizerInvalid` for one that it does not know. */
export function readNormalizer(json: JsonObject | undefined): Normalizer {
	const normalizer = json === undefined ? { apply: (text: AlignedText) => text, growth: 1 } : readStep(json, 0);
	if (normalizer.growth > largestGrowth) refuseFile("its normalizer could make a text a thousand times as long");
	return normalizer;
}

type Reader = (json: JsonObject, depth: number) => Normalizer;

const readers: Readonly<Record<string, Reader>> = {
	NFC: () => form("NFC", 3),
	NFD: () => form("NFD", 4),
	NFKC: () => form("NFKC", 18),
	NFKD: () => form("NFKD", 18),
	Lowercase: () => characterwise(3, (character) => character.toLowerCase()),
	StripAccents: () => characterwise(1, (character) => (/\p{M}/u.test(character) ? "" : character)),
	Nmt: () => characterwise(1, nmt),
	BertNormalizer: (json) => bert(json),
	Strip: (json) => strip(json.boolean("strip_left", true), json.boolean("strip_right", true)),
	Prepend: (json) => prepend(json.string("prepend")),
	Replace: (json) => replace(json),
	Precompiled: (json) => precompiled(json),
	Sequence: (json, depth) => sequence(json, depth),
};

function readStep(json: JsonObject, depth: number): Normalizer {
	const type = json.string("type");
	const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
	if (read === undefined) refuseFile(`its normalizer ${quote(type)} is not supported`);
	return read(json, depth);
}

function sequence(json: JsonObject, depth: number): Normalizer {
	const list = json.objects("normalizers");
	if (depth === deepest || list.length > mostSteps) refuseFile("its normalizers are nested too deep, or are too many");
	const steps = list.map((step) => readStep(step, depth + 1));
	return {
		growth: steps.reduce((product, step) => product * step.growth, 1),
		apply: (text) => steps.reduce((normalized, step) => step.apply(normalized), text),
	};
}

function form(name: UnicodeForm, growth: number): Normalizer {
	return { growth, apply: (text) => inForm(text, name) };
}

/** Puts `change(character)` for each character. Growth counts code units. */
function characterwise(growth: number, change: (character: string) => string): Normalizer {
	const changed = new Map<string, string>();
	const changeOf = (character: string): string => {
		const known = changed.get(character);
		if (known !== undefined) return known;
		const found = change(character);
		changed.set(character, found);
		return found;
	};
	return {
		growth,
		apply(source) {
			const out = new AlignedTextWriter(source);
			let changes = false;
			let kept = 0;
			let at = 0;
			for (const character of source.text) {
				const end = at + character.length;
				const wanted = changeOf(character);
				if (wanted !== character) {
					out.keep(kept, at);
					if (wanted !== "") out.replace(at, end, wanted);
					kept = end;
					changes = true;
				}
				at = end;
			}
			out.keep(kept, at);
			return changes ? out.finish() : source;
		},
	};
}

/** What SentencePiece's `nmt` rules drop and make a blank of (`do_nmt` of Hugging Face tokenizers). */
function nmt(character: string): string {
	const codePoint = character.codePointAt(0)!;
	if (codePoint < 0xa0 && nmtDrops(codePoint)) return "";
	return /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/.test(character) ? " " : character;
}

function nmtDrops(codePoint: number): boolean {
	if (codePoint < 0x20) return codePoint > 0 && ![0x09, 0x0a, 0x0c, 0x0d].includes(codePoint);
	return [0x7f, 0x8f, 0x9f].includes(codePoint);
}

function bert(json: JsonObject): Normalizer {
	const normalizer = BertNormalizer.read(json);
	return characterwise(6, (character) => normalizer.text(character.codePointAt(0)!));
}

const blank = /\p{White_Space}/u; // every one is a single code unit

function strip(left: boolean, right: boolean): Normalizer {
	return {
		growth: 1,
		apply(source) {
			const { text } = source;
			let from = 0;
			let to = text.length;
			while (left && from < to && blank.test(text[from]!)) from++;
			while (right && to > from && blank.test(text[to - 1]!)) to--;
			return source.slice(from, to);
		},
	};
}

function prepend(prefix: string): Normalizer {
	if (prefix.length > longestPrefix) refuseFile(`it puts more than ${longestPrefix} characters before each text`);
	return {
		growth: 1,
		apply: (source) => withPrefix(source, prefix),
	};
}

function replace(json: JsonObject): Normalizer {
	const pattern = readPattern(json);
	const content = json.string("content");
	// A reference to a group, which no pattern that we know has.
	if (content.includes("$") && json.optionalObject("pattern")?.has("Regex")) {
		refuseFile(`its normalizer puts ${quote(content)}, which refers to a part of its pattern`);
	}
	return {
		growth: Math.max(1, content.length / pattern.shortest),
		apply: (source) => replaceMatches(source, pattern, content),
	};
}

const longestCharsmap = 2 ** 24;

function precompiled(json: JsonObject): Normalizer {
	const encoded = json.unknown("precompiled_charsmap");
	if (encoded === undefined || encoded === "") return { growth: 1, apply: (text) => text };
	if (typeof encoded !== "string" || encoded.length > longestCharsmap || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) {
		refuseFile("its character map is no base64 text, or is too long");
	}
	const map = new Charsmap(Uint8Array.from(Buffer.from(encoded, "base64")));
	return { growth: map.growth, apply: (text) => map.apply(text) };
}
