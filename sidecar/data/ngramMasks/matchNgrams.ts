import { ngramMark } from "../masking/tokenMark.ts";
import type { PackedRows } from "../packing.ts";
import { longestNgram, type NgramLexicon, ngramTokens } from "./lexicon.ts";

/** Rows with the n-grams of a lexicon marked: from the left, the longest that fits within a document (maximum matching). */
export function withNgramMarks(rows: PackedRows, lexicon: NgramLexicon): PackedRows {
	const marks = rows.marks?.slice() ?? new Int32Array(rows.tokens.length);
	const longest = matcher(lexicon);
	for (let row = 0; row < rows.count; row++) {
		const [from, end] = [row * rows.sequenceLength, (row + 1) * rows.sequenceLength];
		for (let at = from; at < end; ) {
			let limit = at;
			while (limit < end && limit < at + longestNgram && rows.segments[limit] === rows.segments[at]) limit++;
			const match = longest(rows.tokens.subarray(at, limit));
			if (match !== undefined) marks[at]! |= ngramMark.of(match.ngram, match.length);
			at += match?.length ?? 1;
		}
	}
	return { ...rows, marks };
}

/** The longest n-gram that some tokens begin with. */
function matcher(lexicon: NgramLexicon): (tokens: Int32Array) => { ngram: number; length: number } | undefined {
	const ids = new Map<string, number>();
	for (let ngram = 0; ngram < lexicon.count; ngram++) ids.set(ngramTokens(lexicon, ngram).join(), ngram);
	return (tokens) => {
		for (let length = Math.min(longestNgram, tokens.length); length > 1; length--) {
			const ngram = ids.get(tokens.subarray(0, length).join());
			if (ngram !== undefined) return { ngram, length };
		}
		return undefined;
	};
}
