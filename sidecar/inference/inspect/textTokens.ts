import { MaskwrightError } from "../../base/errors.ts";
import type { Span } from "../../protocol/masks.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";

/** The pieces of a text, or of a part of it, at their places in the whole; all arrays are of one length. */
export interface TextTokens {
	readonly text: string;
	readonly ids: Int32Array;
	/** UTF-16 code units of `text`. */
	readonly starts: Int32Array;
	readonly ends: Int32Array;
}

/** The pieces of a whole text. */
export function tokensOfText(tokenizer: Tokenizer, text: string): TextTokens {
	return { text, ...tokenizer.encode(text) };
}

/** Indices [first, end) of the tokens that touch a range; of an empty range, none. */
export function tokenRange({ starts, ends }: TextTokens, range: Span | undefined): { first: number; end: number } {
	if (range === undefined) return { first: 0, end: starts.length };
	if (range.end <= range.start) return { first: 0, end: 0 };
	const first = ends.findIndex((end) => end > range.start);
	if (first < 0) return { first: 0, end: 0 };
	let end = first;
	while (end < starts.length && starts[end]! < range.end) end++;
	return { first, end };
}

/** One row that a model can be shown: [CLS], tokens of a text, [SEP]. */
export interface InspectedRow {
	readonly ids: Int32Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
	readonly texts: readonly string[];
	/** Whether the tokenizer put it there. */
	readonly special: readonly boolean[];
}

/**
 * The tokens that touch `range` as one document, as a run trains on them; where they are more than `longest` with the
 * two special ones, those nearest to the code unit `around`. Throws `usage` when there are none and `tooLong` when
 * they are too many and nothing says which.
 */
export function inspectedRow(
	tokenizer: Tokenizer,
	text: string,
	options: { readonly range: Span | undefined; readonly around?: number | undefined; readonly longest: number },
): InspectedRow {
	const { range, around, longest } = options;
	const tokens = tokensOfText(tokenizer, text);
	const { first, end } = nearest(tokens, tokenRange(tokens, range), { around, most: longest - 2 });
	if (first === end) throw new MaskwrightError("usage", "There is no code to look at. Select some lines.");
	const count = end - first + 2;
	if (count > longest) {
		throw new MaskwrightError(
			"tooLong",
			`This is ${count} tokens, and the model sees ${longest} at a time. Select fewer lines.`,
		);
	}
	const { cls, sep } = tokenizer.special;
	const from = tokens.starts[first]!;
	const to = tokens.ends[end - 1]!;
	const ids = between(cls, tokens.ids.subarray(first, end), sep);
	const starts = between(from, tokens.starts.subarray(first, end), to);
	const ends = between(from, tokens.ends.subarray(first, end), to);
	const special = Array.from(ids, (_, at) => at === 0 || at === count - 1);
	const texts = Array.from(ids, (id, at) => (special[at] ? tokenizer.token(id) : text.slice(starts[at], ends[at])));
	return { ids, starts, ends, texts, special };
}

function nearest(
	{ ends }: TextTokens,
	{ first, end }: { readonly first: number; readonly end: number },
	{ around, most }: { readonly around: number | undefined; readonly most: number },
): { first: number; end: number } {
	if (around === undefined || end - first <= most) return { first, end };
	const place = ends.findIndex((tokenEnd) => tokenEnd > around);
	const middle = place < 0 ? end : place;
	const from = Math.min(end - most, Math.max(first, middle - Math.floor(most / 2)));
	return { first: from, end: from + most };
}

/** `inner` with one number before and one after it. */
export function between(before: number, inner: Int32Array, after: number): Int32Array {
	const all = new Int32Array(inner.length + 2);
	all[0] = before;
	all.set(inner, 1);
	all[all.length - 1] = after;
	return all;
}

/** The start of each line, in UTF-16 code units; lines end as in editors, at \r\n, \n or \r. */
export function lineStarts(text: string): number[] {
	const starts = [0];
	for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
	return starts;
}

/** The line, from 1, in which a code unit stands. */
export function lineAt(starts: readonly number[], unit: number): number {
	let low = 0;
	for (let high = starts.length; high - low > 1; ) {
		const middle = (low + high) >> 1;
		if (starts[middle]! <= unit) low = middle;
		else high = middle;
	}
	return low + 1;
}
