import { MaskwrightError } from "../base/errors.ts";
import { type ContextCounts, contextCounts, KeyCounter, type PairCounts, pairCounts } from "./ngramCounts.ts";
import type { PackedRows } from "./packing.ts";
import { isSpecial, type PieceTable } from "./pieces.ts";

/**
 * Counts of a training corpus: single tokens, tokens after the one before, tokens before the one after, and tokens
 * between both. Special tokens are context but never counted themselves. Contexts never reach over documents.
 */
export interface NgramModel {
	readonly vocabularySize: number;
	/** How often each token was seen [vocabularySize]. */
	readonly unigram: Int32Array;
	/** The sum of `unigram`. */
	readonly total: number;
	/** All tokens that were seen, the most frequent first; of equals the smaller id. */
	readonly frequent: Int32Array;
	/** Tokens by the token before. */
	readonly left: ContextCounts;
	/** Tokens by the token after. */
	readonly right: ContextCounts;
	/** Tokens by both neighbours. */
	readonly both: PairCounts;
}

/** Enough for some 25 M tokens of code in full; about 100 MB. */
const defaultMaximumEntries = 12_000_000;

/** Counts all rows: about 0.3 s a million tokens. Entries past `maximumEntries` of a table go, the rarest first. */
export function countNgrams(
	rows: PackedRows,
	pieces: PieceTable,
	options: { readonly maximumEntries?: number } = {},
): NgramModel {
	const size = pieces.vocabularySize;
	const limits = { maximumEntries: options.maximumEntries ?? defaultMaximumEntries, expectedKeys: rows.tokens.length };
	const unigram = new Int32Array(size);
	forEachContext(rows, pieces, (token) => {
		unigram[token]!++;
	});
	const left = new KeyCounter(limits);
	forEachContext(rows, pieces, (token, before) => before >= 0 && left.add(before * size + token));
	const right = new KeyCounter(limits);
	forEachContext(rows, pieces, (token, _, after) => after >= 0 && right.add(after * size + token));
	const both = new KeyCounter(limits);
	forEachContext(
		rows,
		pieces,
		(token, before, after) => before >= 0 && after >= 0 && both.add((before * size + after) * size + token),
	);
	return {
		vocabularySize: size,
		...unigramOf(unigram),
		left: contextCounts(left.finish(), size),
		right: contextCounts(right.finish(), size),
		both: pairCounts(both.finish(), size),
	};
}

function unigramOf(unigram: Int32Array): Pick<NgramModel, "unigram" | "total" | "frequent"> {
	const seen = Array.from(unigram.keys()).filter((token) => unigram[token]! > 0);
	const frequent = Int32Array.from(seen.sort((a, b) => unigram[b]! - unigram[a]! || a - b));
	return { unigram, total: unigram.reduce((sum, count) => sum + count, 0), frequent };
}

/** Visits every ordinary token with its neighbours in the same document and row; a missing neighbour is -1. */
function forEachContext(
	rows: PackedRows,
	pieces: PieceTable,
	visit: (token: number, before: number, after: number) => unknown,
): void {
	const { tokens, segments, sequenceLength } = rows;
	for (let at = 0; at < tokens.length; at++) {
		if (segments[at]! < 0 || isSpecial(pieces, tokens[at]!)) continue;
		const column = at % sequenceLength;
		const before = column > 0 && segments[at - 1] === segments[at] ? tokens[at - 1]! : -1;
		const after = column < sequenceLength - 1 && segments[at + 1] === segments[at] ? tokens[at + 1]! : -1;
		visit(tokens[at]!, before, after);
	}
}

/** The model as named arrays, for a file. */
export function ngramArrays(model: NgramModel): Record<string, Int32Array> {
	const { unigram, left, right, both } = model;
	return {
		unigram,
		"left.starts": left.starts,
		"left.tokens": left.tokens,
		"left.counts": left.counts,
		"right.starts": right.starts,
		"right.tokens": right.tokens,
		"right.counts": right.counts,
		"both.firsts": both.firsts,
		"both.seconds": both.seconds,
		"both.starts": both.starts,
		"both.tokens": both.tokens,
		"both.counts": both.counts,
	};
}

/** The model of such arrays. Throws `modelInvalid` when one is missing or they do not fit together. */
export function ngramsFromArrays(arrays: Readonly<Record<string, Int32Array | Float32Array>>): NgramModel {
	const array = (name: string): Int32Array => {
		const found = arrays[name];
		if (found instanceof Int32Array) return found;
		throw new MaskwrightError("modelInvalid", `The n-gram counts lack the table "${name}". Train the model again.`);
	};
	const context = (name: string): ContextCounts => ({
		starts: array(`${name}.starts`),
		tokens: array(`${name}.tokens`),
		counts: array(`${name}.counts`),
	});
	const unigram = array("unigram");
	const both = { ...context("both"), firsts: array("both.firsts"), seconds: array("both.seconds") };
	const size = unigram.length;
	const model = { vocabularySize: size, ...unigramOf(unigram), left: context("left"), right: context("right"), both };
	const fits =
		[model.left, model.right].every((table) => table.starts.length === size + 1 && isTable(table, size)) &&
		isTable(both, size) &&
		both.firsts.length === size + 1 &&
		both.seconds.length === both.starts.length - 1 &&
		isAscendingTo(both.firsts, both.seconds.length);
	if (!fits) throw new MaskwrightError("modelInvalid", "The n-gram counts do not fit together. Train the model again.");
	return model;
}

function isTable(table: ContextCounts, size: number): boolean {
	return (
		table.tokens.length === table.counts.length &&
		isAscendingTo(table.starts, table.tokens.length) &&
		table.tokens.every((token) => token >= 0 && token < size)
	);
}

function isAscendingTo(starts: Int32Array, end: number): boolean {
	return starts[0] === 0 && starts.at(-1) === end && starts.every((start, at) => at === 0 || start >= starts[at - 1]!);
}
