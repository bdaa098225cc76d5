import { spanClasses } from "../../syntax/namedSpans.ts";
import { proseClasses } from "../../syntax/partsOfSpeech.ts";

/** What a span can be: a class of a grammar, or of English prose. */
export const markClasses = [...spanClasses, ...proseClasses] as const;

export type MarkClass = (typeof markClasses)[number];

/** The regions that a reader can tell apart in a record: the answer to an instruction, and the two parts of a pair. */
export const regionNames = ["answer", "first", "second"] as const;

export type RegionName = (typeof regionNames)[number];

/**
 * What a token is in its document, as bits of one number; 0 in no span, and for special tokens. Made while the text is
 * at hand (`marksOf`), since maskers see rows of tokens alone.
 */
export const tokenMark = {
	/** The class of its span, see `classMark`; 0 in no span. */
	spanClass: 0b1111,
	/** The first token of its span. */
	spanBegins: 1 << 4,
	/** A variable that gets its value from somewhere. */
	uses: 1 << 5,
	/** A variable that something gets its value from. */
	gives: 1 << 6,
	/** The first token of its variable. */
	variableBegins: 1 << 7,
} as const;

/** The bit of the tokens of a region, above those of the grammar. */
export function regionMark(name: RegionName): number {
	return 1 << (8 + regionNames.indexOf(name));
}

/** The first token of an n-gram of the run's lexicon has its length from bit 12 and its id from bit 14 up. */
export const ngramMark = {
	of: (ngram: number, length: number): number => (ngram << 14) | (length << 12),
	/** How many tokens the n-gram has that begins there; 0 for none. */
	length: (mark: number): number => (mark >>> 12) & 0b11,
	id: (mark: number): number => mark >>> 14,
} as const;

/** The bits `spanClass` of a class: its place in `markClasses`, from 1. */
export function classMark(spanClass: MarkClass): number {
	return markClasses.indexOf(spanClass) + 1;
}

/** The class that a mark tells; undefined in no span. */
export function markedClass(mark: number): MarkClass | undefined {
	return markClasses[(mark & tokenMark.spanClass) - 1];
}
