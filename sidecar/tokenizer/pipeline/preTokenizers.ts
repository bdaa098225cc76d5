import { isPunctuation } from "../bertNormalizer.ts";
import { gpt2 } from "../splitPatterns.ts";
import { type JsonObject, quote, refuseFile } from "../tokenizerFile.ts";
import type { AlignedText } from "./alignedText.ts";
import { literal, type Pattern, readPattern, runs, whole } from "./patterns.ts";
import { replaceMatches, withPrefix } from "./rewriting.ts";
import { splitAt, splitBehaviors } from "./splitBehaviors.ts";

/** Receives the parts that a text is cut into, in their order. */
export type PartSink = (part: AlignedText) => void;

/** Cuts a text into pre-tokens, which pieces never cross. */
export interface PreTokenizer {
	split(text: AlignedText, out: PartSink): void;
	/** Whether the pre-tokens are to be read by their bytes (`ByteLevel`). */
	readonly bytes: boolean;
	/** What stands for a blank (`Metaspace`), when something does. */
	readonly blank?: string;
}

const deepest = 8;
const mostSteps = 32;

/** Reads the `pre_tokenizer` of a file. Throws `tokenizerInvalid` for one that it does not know. */
export function readPreTokenizer(json: JsonObject | undefined): PreTokenizer {
	return json === undefined ? { bytes: false, split: (text, out) => out(text) } : readStep(json, 0);
}

const blanks = characters(/^\p{White_Space}$/u, 1);
const punctuation = runs({ has: (codePoint) => isPunctuation(String.fromCodePoint(codePoint)), least: 1, most: 1 });
const wordCharacter = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]$/u;

type Reader = (json: JsonObject, depth: number) => PreTokenizer;

const readers: Readonly<Record<string, Reader>> = {
	Sequence: (json, depth) => sequence(json, depth),
	ByteLevel: (json) => byteLevel(json.boolean("use_regex", true), json.boolean("add_prefix_space", true)),
	Split: (json) => cut(readPattern(json), behaviorOf(json.string("behavior")), json.boolean("invert", false)),
	Metaspace: (json) => metaspace(json),
	// \w+|[^\w\s]+
	Whitespace: () =>
		chain([cut(blanks, "Removed"), cut(characters(wordCharacter, Number.POSITIVE_INFINITY), "Isolated")]),
	WhitespaceSplit: () => cut(blanks, "Removed"),
	BertPreTokenizer: () => chain([cut(blanks, "Removed"), cut(punctuation, "Isolated")]),
	Punctuation: (json) => cut(punctuation, behaviorOf(json.optionalString("behavior") ?? "Isolated")),
	Digits: (json) =>
		cut(characters(/^\p{N}$/u, json.boolean("individual_digits", false) ? 1 : Number.POSITIVE_INFINITY), "Isolated"),
	CharDelimiterSplit: (json) => cut(literal(json.string("delimiter")), "Removed"),
};

function readStep(json: JsonObject, depth: number): PreTokenizer {
	const type = json.string("type");
	const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
	if (read === undefined) refuseFile(`its pre-tokenizer ${quote(type)} is not supported`);
	return read(json, depth);
}

function sequence(json: JsonObject, depth: number): PreTokenizer {
	const list = json.objects("pretokenizers");
	if (depth === deepest || list.length > mostSteps)
		refuseFile("its pre-tokenizers are nested too deep, or are too many");
	const steps = list.map((step) => readStep(step, depth + 1));
	if (steps.slice(0, -1).some((step) => step.bytes)) refuseFile("its pre-tokenizers cut the text by its bytes");
	return chain(steps);
}

function chain(steps: readonly PreTokenizer[]): PreTokenizer {
	const split = (text: AlignedText, out: PartSink, from = 0): void => {
		const step = steps[from];
		if (step === undefined) out(text);
		else step.split(text, (part) => split(part, out, from + 1));
	};
	const blank = steps.find((step) => step.blank !== undefined)?.blank;
	return { bytes: steps.at(-1)?.bytes ?? false, ...(blank === undefined ? {} : { blank }), split };
}

type Behavior = keyof typeof splitBehaviors;

function behaviorOf(name: string): Behavior {
	if (!Object.hasOwn(splitBehaviors, name)) refuseFile(`its pre-tokenizer behaves as ${quote(name)}`);
	return name as Behavior;
}

function cut(pattern: Pattern, behavior: Behavior, inverted = false): PreTokenizer {
	return { bytes: false, split: (text, out) => splitAt(text, { pattern, behavior, inverted }, out) };
}

function characters(test: RegExp, most: number): Pattern {
	const answers = new Map<number, boolean>();
	const has = (codePoint: number): boolean => {
		const known = answers.get(codePoint);
		if (known !== undefined) return known;
		const found = test.test(String.fromCodePoint(codePoint));
		answers.set(codePoint, found);
		return found;
	};
	return runs({ has, least: 1, most });
}

function byteLevel(cuts: boolean, addPrefixSpace: boolean): PreTokenizer {
	const words = cut(whole(gpt2), "Isolated");
	return {
		bytes: true,
		split(text, out) {
			const prefixed = addPrefixSpace && !text.text.startsWith(" ") ? withPrefix(text, " ") : text;
			if (cuts) words.split(prefixed, out);
			else out(prefixed);
		},
	};
}

/** Blanks become `replacement`, one is put before the text, and each begins a part (SentencePiece's word boundaries). */
function metaspace(json: JsonObject): PreTokenizer {
	const replacement = json.optionalString("replacement") ?? "\u2581";
	if (Array.from(replacement).length !== 1) refuseFile(`its Metaspace is ${quote(replacement)}, not one character`);
	// Before releases of 2023 it was `add_prefix_space`.
	const scheme = json.optionalString("prepend_scheme") ?? (json.boolean("add_prefix_space", true) ? "always" : "never");
	if (!["always", "first", "never"].includes(scheme)) refuseFile(`its Metaspace prepends ${quote(scheme)}`);
	const blank = literal(" ");
	const parts = json.boolean("split", true) ? cut(literal(replacement), "MergedWithNext") : undefined;
	return {
		bytes: false,
		blank: replacement,
		split(text, out) {
			const replaced = replaceMatches(text, blank, replacement);
			const prepends = scheme === "always" || (scheme === "first" && text.text !== "" && text.startOf(0) === 0);
			const prefixed =
				prepends && !replaced.text.startsWith(replacement) ? withPrefix(replaced, replacement) : replaced;
			if (parts === undefined) out(prefixed);
			else parts.split(prefixed, out);
		},
	};
}
