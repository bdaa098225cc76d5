import { characterBits, classOf, lineBreaks } from "./characterClasses.ts";

/**
 * A way to cut a text into pre-tokens, which pieces never cross. `pattern` is the regular expression as
 * `tokenizer.json` spells it; `next` gives the end of the pre-token that begins at `from` in `text[from, to)`.
 * Only the hand-written `next` ever runs: it reads each character a fixed number of times, whatever the text,
 * where a regex engine may backtrack or run out of stack on a hostile one.
 */
export interface SplitPattern {
	readonly pattern: string;
	readonly next: (text: string, from: number, to: number) => number;
}

const { letter, mark, number, whiteSpace, lineBreak, underscore } = characterBits;
const space = 0x20;
const tab = 0x09;
const apostrophe = 0x27;

const word = " ?[\\p{L}_][\\p{L}\\p{M}\\p{N}_]*";
const digits = " ?\\p{N}{1,3}";
const other = ` ?[^ \\t${lineBreaks}\\p{L}\\p{N}_]+`;

/**
 * Cuts code. An identifier is one pre-token, underscores and digits included (`__init__`, `int32`), so that the
 * merges decide what a frequent name is; other digits come in groups of three at most, so that numbers do not use
 * up the vocabulary; one space joins what follows it, so that a word costs one piece and not two; what is left of
 * a run of blanks is indentation, and each line break stands alone, so that no piece reaches over a line.
 */
export const codeLines: SplitPattern = {
	pattern: `${word}|${digits}|${other}|\\r\\n|[${lineBreaks}]|[ \\t]+(?= [^ \\t${lineBreaks}])|[ \\t]+`,
	next: (text, from, to) => nextOfCode(text, from, to, false),
};

/** As `codeLines`, but blanks and line breaks run together, so that one piece can be a line's end and an indentation. */
export const codeAcrossLines: SplitPattern = {
	pattern: `${word}|${digits}|${other}|[ \\t${lineBreaks}]+(?= [^ \\t${lineBreaks}])|[ \\t${lineBreaks}]+`,
	next: (text, from, to) => nextOfCode(text, from, to, true),
};

/** The pattern of GPT-2 (openai/gpt-2 `src/encoder.py`), which RoBERTa and the `ByteLevel` pre-tokenizer share. */
export const gpt2: SplitPattern = {
	pattern: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
	next: nextOfGpt2,
};

const contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const signs = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
const blanks = "\\s+(?!\\S)|\\s+";

/** GPT-4's pattern as Llama 3 spells it: numbers by three digits, lines' ends with the signs before them. */
export const llama3: SplitPattern = {
	pattern: `${contraction}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|${signs}|\\s*[\\r\\n]+|${blanks}`,
	next: (text, from, to) => nextOfGpt4(text, from, to, 3),
};

/** As `llama3`, with every digit alone. */
export const qwen2: SplitPattern = {
	pattern: `${contraction}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|${signs}|\\s*[\\r\\n]+|${blanks}`,
	next: (text, from, to) => nextOfGpt4(text, from, to, 1),
};

/** GPT-4's own spelling (`cl100k_base` of tiktoken), which cuts as `llama3` does. */
export const cl100k: SplitPattern = {
	pattern: `${contraction}|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|${blanks}`,
	next: llama3.next,
};

/** Every pattern that a `Split` of a file may name. */
export const splitPatterns: readonly SplitPattern[] = [codeLines, codeAcrossLines, gpt2, llama3, qwen2, cl100k];

function nextOfCode(text: string, from: number, to: number, acrossLines: boolean): number {
	let at = from;
	let codePoint = text.codePointAt(at)!;
	if (codePoint === space) {
		if (from + 1 === to) return to;
		codePoint = text.codePointAt(++at)!;
	}
	const bits = classOf(codePoint);
	if ((bits & (letter | underscore)) !== 0) {
		return runEnd(text, at, to, letter | mark | number | underscore);
	}
	if ((bits & number) !== 0) return digitsEnd(text, at, to, 3);
	if (!isBlank(codePoint) && (bits & lineBreak) === 0) return otherEnd(text, at, to);
	if (!acrossLines && at === from && (bits & lineBreak) !== 0) {
		return text.startsWith("\r\n", from) && from + 2 <= to ? from + 2 : from + 1;
	}
	let end = from + 1;
	while (end < to && isGap(text.charCodeAt(end), acrossLines)) end++;
	const joins = end < to && end - from > 1 && text.charCodeAt(end - 1) === space && !isGap(text.charCodeAt(end), true);
	return joins ? end - 1 : end;
}

function nextOfGpt2(text: string, from: number, to: number): number {
	let at = from;
	let codePoint = text.codePointAt(at)!;
	if (codePoint === apostrophe) {
		const contracted = contractionLength(text.slice(from + 1, Math.min(from + 3, to)));
		if (contracted > 0) return from + 1 + contracted;
	} else if (codePoint === space && from + 1 < to) {
		codePoint = text.codePointAt(++at)!;
	}
	const bits = classOf(codePoint);
	if ((bits & letter) !== 0) return runEnd(text, at, to, letter);
	if ((bits & number) !== 0) return runEnd(text, at, to, number);
	if ((bits & whiteSpace) === 0) return runEnd(text, at, to, 0, letter | number | whiteSpace);
	const end = runEnd(text, from, to, whiteSpace);
	return end < to && end - from > 1 ? end - 1 : end;
}

function nextOfGpt4(text: string, from: number, to: number, digits: number): number {
	const codePoint = text.codePointAt(from)!;
	if (codePoint === apostrophe) {
		const contracted = contractionLength(
			text
				.slice(from + 1, Math.min(from + 3, to))
				.toLowerCase()
				.replace("\u017f", "s"),
		);
		if (contracted > 0) return from + 1 + contracted;
	}
	const bits = classOf(codePoint);
	if ((bits & letter) !== 0) return runEnd(text, from, to, letter);
	if ((bits & number) !== 0) return digitsEnd(text, from, to, digits);
	const second = from + (codePoint > 0xffff ? 2 : 1);
	const secondBits = second < to ? classOf(text.codePointAt(second)!) : whiteSpace;
	if ((secondBits & letter) !== 0 && !isReturn(codePoint)) return runEnd(text, second, to, letter);
	const signsFrom = codePoint === space ? second : from;
	if ((codePoint === space ? secondBits & (letter | number | whiteSpace) : bits & whiteSpace) === 0) {
		return returnsEnd(text, runEnd(text, signsFrom, to, 0, letter | number | whiteSpace), to);
	}
	const end = runEnd(text, from, to, whiteSpace);
	let lineEnd = end;
	while (lineEnd > from && !isReturn(text.charCodeAt(lineEnd - 1))) lineEnd--;
	if (lineEnd > from) return lineEnd;
	return end < to && end - from > 1 ? end - 1 : end;
}

function isReturn(unit: number): boolean {
	return unit === 0x0a || unit === 0x0d;
}

function returnsEnd(text: string, from: number, to: number): number {
	let at = from;
	while (at < to && isReturn(text.charCodeAt(at))) at++;
	return at;
}

/** Where a run ends of characters that have one of the bits `some` (any, when 0) and none of `none`. */
function runEnd(text: string, from: number, to: number, some: number, none = 0): number {
	let at = from;
	while (at < to) {
		const codePoint = text.codePointAt(at)!;
		const bits = classOf(codePoint);
		if ((some !== 0 && (bits & some) === 0) || (bits & none) !== 0) return at;
		at += codePoint > 0xffff ? 2 : 1;
	}
	return at;
}

function digitsEnd(text: string, from: number, to: number, most: number): number {
	let at = from;
	for (let count = 0; count < most && at < to; count++) {
		const codePoint = text.codePointAt(at)!;
		if ((classOf(codePoint) & number) === 0) return at;
		at += codePoint > 0xffff ? 2 : 1;
	}
	return at;
}

function otherEnd(text: string, from: number, to: number): number {
	let at = from;
	while (at < to) {
		const codePoint = text.codePointAt(at)!;
		if (isBlank(codePoint) || (classOf(codePoint) & (letter | number | underscore | lineBreak)) !== 0) return at;
		at += codePoint > 0xffff ? 2 : 1;
	}
	return at;
}

/** How much of the text behind an apostrophe is the end of "it's", "they're" and the like. */
function contractionLength(after: string): number {
	return ["s", "t", "re", "ve", "m", "ll", "d"].find((ending) => after.startsWith(ending))?.length ?? 0;
}

function isBlank(unit: number): boolean {
	return unit === space || unit === tab;
}

/** Whether a code unit is a blank or, with `lines`, a line break; all of them are single units. */
function isGap(unit: number, lines: boolean): boolean {
	return isBlank(unit) || (lines && (classOf(unit) & lineBreak) !== 0);
}
