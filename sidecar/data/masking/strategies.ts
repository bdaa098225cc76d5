import { type Random, shuffle } from "../../base/random.ts";
import { identifierUnits, type Unit, wordUnits } from "../pieces.ts";
import type { StrategyConfig, StrategyName } from "./config.ts";
import { entityPositions, mostEntities } from "./entities.ts";
import { drawnByWeight, ngramUnits, regionPositions, syntaxUnits, variableUnits } from "./markedUnits.ts";
import type { RowView } from "./rowView.ts";

/**
 * Chooses positions of a row: ascending, exactly `count` of them, or all maskable ones where those are fewer, unless
 * the strategy counts for itself. Strategies of whole units trim the last unit to reach the exact count.
 */
type Choose<Config> = (
	row: RowView,
	options: { readonly count: number; readonly config: Config; readonly random: Random },
) => Int32Array;

interface Strategy<Config> {
	/** "rate": its share of the row's count. "own": as many as it finds, before the others and beside their count. */
	readonly counts: "rate" | "own";
	/** Strategies of a mixture choose in this order, so that single tokens never break up larger units. */
	readonly order: number;
	readonly choose: Choose<Config>;
	/** Of a strategy that counts for itself: the most that it chooses in any of the rows. */
	readonly most?: (rows: RowsToMask, config: Config) => number;
}

/** Rows of `sequenceLength` tokens; without their marks none is in a region. */
export interface RowsToMask {
	readonly sequenceLength: number;
	readonly marks?: Int32Array | undefined;
}

/** Every masking strategy by its name in a recipe. */
const strategies: { readonly [Name in StrategyName]: Strategy<Extract<StrategyConfig, { name: Name }>> } = {
	/** BERT (Devlin et al., 2019), section 3.1: single tokens, uniformly. */
	random: {
		counts: "rate",
		order: 3,
		choose: (row, { count, random }) => takeUnits(row, shuffle(singleUnits(row), random), count),
	},
	/** Whole-word masking (BERT's code of May 2019): all pieces of a word together. */
	wholeWord: {
		counts: "rate",
		order: 2,
		choose: (row, { count, random }) => takeUnits(row, shuffle(wordUnits(row), random), count),
	},
	/** SpanBERT (Joshi et al., 2020), section 3.1: runs of whole words of geometric length within a document. */
	span: {
		counts: "rate",
		order: 1,
		choose: (row, { count, config, random }) => takeUnits(row, spanUnits(row, config, random), count),
	},
	/**
	 * The last tokens of each document in the row, as many as are drawn: what a text looks like that is to be continued
	 * (SAP, Patel et al. 2022). Spans elsewhere make up the count.
	 */
	suffix: {
		counts: "rate",
		order: 0,
		choose: (row, { count, config, random }) =>
			takeUnits(
				row,
				concatenated(suffixUnits(row, count, { ...config, random }), spanUnits(row, config, random)),
				count,
			),
	},
	/** All pieces of a non-keyword identifier together; words, then, where a row has too few identifiers. */
	identifier: {
		counts: "rate",
		order: 0,
		choose: (row, { count, random }) => {
			const identifiers = shuffle(identifierUnits(row), random);
			return takeUnits(row, withWords(row, identifiers, random), count);
		},
	},
	/** Spans of some classes of the grammar, after Linguistic Entity Masking; see `syntaxUnits`. */
	syntax: {
		counts: "rate",
		order: 0,
		choose: (row, { count, config, random }) =>
			takeUnits(row, withWords(row, drawnByWeight(syntaxUnits(row, config, random), random), random), count),
	},
	/** Variables at the ends of data-flow edges, each occurrence whole. */
	dataflow: {
		counts: "rate",
		order: 0,
		choose: (row, { count, config, random }) =>
			takeUnits(row, withWords(row, shuffle(variableUnits(row, config.ends), random), random), count),
	},
	/** Every token of a region: the binder of PepMLM (Chen et al., 2023), the answer of ModernBERT-Instruct (2025). */
	region: {
		counts: "own",
		order: 0,
		choose: (row, { config }) =>
			Int32Array.from(regionPositions(row, config.region).filter((at) => row.maskable[at] === 1)),
		most: ({ sequenceLength, marks }, { region }) => {
			let longest = 0;
			for (let start = 0; marks !== undefined && start < marks.length; start += sequenceLength) {
				const row = { marks: marks.subarray(start, start + sequenceLength) };
				longest = Math.max(longest, regionPositions(row, region).length);
			}
			return longest;
		},
	},
	/** Linguistic Entity Masking (Fernando and Ranathunga, 2025): single tokens of spans, by the rate of each class. */
	entity: {
		counts: "own",
		order: 0,
		choose: (row, { config, random }) => entityPositions(row, config, random),
		most: ({ sequenceLength }, config) => mostEntities(config, sequenceLength),
	},
	/** N-grams of the run's lexicon and other tokens, whichever comes; see `ngramUnits`. */
	ngram: {
		counts: "rate",
		order: 0,
		choose: (row, { count, random }) => takeUnits(row, shuffle(ngramUnits(row), random), count),
	},
};

/** The row of a strategy: its order in a mixture, who says how many it chooses, and its choice. */
export function strategyOf(config: StrategyConfig): {
	order: number;
	counts: "rate" | "own";
	choose(row: RowView, count: number, random: Random): Int32Array;
	most(rows: RowsToMask): number;
} {
	const { order, counts, choose, most } = strategies[config.name] as Strategy<StrategyConfig>;
	return {
		order,
		counts,
		choose: (row, count, random) => choose(row, { count, config, random }),
		most: (rows) => most?.(rows, config) ?? 0,
	};
}

function singleUnits(row: RowView): Unit[] {
	const units: Unit[] = [];
	row.maskable.forEach((maskable, start) => {
		if (maskable === 1) units.push({ start, end: start + 1 });
	});
	return units;
}

function* concatenated(first: Iterable<Unit>, second: Iterable<Unit>): Iterable<Unit> {
	yield* first;
	yield* second;
}

/** The end of each document's part of a row, in random order and no more than `count` tokens in all. */
function suffixUnits(
	row: RowView,
	count: number,
	{ shortest, longest, random }: { readonly shortest: number; readonly longest: number; readonly random: Random },
): Unit[] {
	const parts: Unit[] = [];
	for (let at = 0; at < row.tokens.length; ) {
		const start = at;
		while (at < row.tokens.length && row.segments[at] === row.segments[start]) at++;
		let end = at;
		while (end > start && row.maskable[end - 1] === 0) end--; // the [SEP] behind it, or padding
		if (end > start) parts.push({ start, end });
	}
	let left = count;
	return shuffle(parts, random).flatMap(({ start, end }) => {
		const drawn = shortest + random.below(Math.max(1, longest - shortest + 1));
		const length = Math.min(drawn, end - start, left);
		left -= length;
		return length === 0 ? [] : [{ start: end - length, end }];
	});
}

/** Units, then, where a row has too few of them, identifiers if no grammar read it, and words. */
function* withWords(row: RowView, units: Iterable<Unit>, random: Random): Iterable<Unit> {
	let found = false;
	for (const unit of units) {
		found = true;
		yield unit;
	}
	if (!found) yield* shuffle(identifierUnits(row), random);
	yield* shuffle(wordUnits(row), random);
}

/** Takes the maskable positions of the units in turn until there are `count`; the last unit is trimmed at its end. */
function takeUnits(row: RowView, units: Iterable<Unit>, count: number): Int32Array {
	const chosen = new Uint8Array(row.tokens.length);
	let left = count;
	if (left > 0) {
		for (const unit of units) {
			for (let at = unit.start; at < unit.end && left > 0; at++) {
				if (row.maskable[at] === 0 || chosen[at] === 1) continue;
				chosen[at] = 1;
				left--;
			}
			if (left === 0) break;
		}
	}
	const positions = new Int32Array(count - left);
	let filled = 0;
	for (let at = 0; at < chosen.length; at++) if (chosen[at] === 1) positions[filled++] = at;
	return positions;
}

/**
 * Spans without end, as in SpanBERT's code: the first word is that of a token drawn uniformly, the length in words
 * is geometric, cut off at the maximum and normalised. Anchors on chosen tokens are skipped; after many vain
 * draws the remaining words follow in order, so that the caller's count is always reached.
 */
function* spanUnits(
	row: RowView,
	config: { readonly probability: number; readonly maximum: number },
	random: Random,
): Iterable<Unit> {
	const words = wordUnits(row);
	const wordAt = new Int32Array(row.tokens.length).fill(-1);
	for (const [index, word] of words.entries()) wordAt.fill(index, word.start, word.end);
	const anchors = singleUnits(row).map((unit) => unit.start);
	const taken = new Uint8Array(words.length);
	for (let vain = 0; vain < 20 && anchors.length > 0; ) {
		const length = geometricLength(config, random);
		const first = wordAt[anchors[random.below(anchors.length)]!]!;
		if (taken[first] === 1) {
			vain++;
			continue;
		}
		vain = 0;
		const end = spanEnd(words, { first, length });
		taken.fill(1, first, end);
		yield { start: words[first]!.start, end: words[end - 1]!.end };
	}
	for (const [index, word] of words.entries()) if (taken[index] === 0) yield word;
}

/** The index after the last word of a span: special tokens end it, which stand between documents. */
function spanEnd(words: readonly Unit[], span: { first: number; length: number }): number {
	let end = span.first + 1;
	while (end < words.length && end - span.first < span.length && words[end]!.start === words[end - 1]!.end) end++;
	return end;
}

/** P(length = n) is proportional to p(1-p)^(n-1) for n from 1 to the maximum (by the inverse of the distribution). */
export function geometricLength(
	config: { readonly probability: number; readonly maximum: number },
	random: Random,
): number {
	const failure = 1 - config.probability;
	const tail = 1 - failure ** config.maximum;
	const length = 1 + Math.floor(Math.log1p(-random.uniform() * tail) / Math.log(failure));
	return Math.min(length, config.maximum);
}
