import { type Random, shuffle } from "../../base/random.ts";
import { identifierUnits, isSpecial, type TokenRow, type Unit, wordUnits } from "../pieces.ts";
import type { StrategyConfig, StrategyName } from "./config.ts";

/** A row whose positions a strategy may choose where `maskable` is 1 [sequenceLength]. */
export interface RowView extends TokenRow {
	readonly maskable: Uint8Array;
}

/** The view of a row in which every token but the special ones and padding may be chosen. */
export function rowView(row: TokenRow): RowView {
	const maskable = new Uint8Array(row.tokens.length);
	for (let at = 0; at < maskable.length; at++) {
		if (row.segments[at]! >= 0 && !isSpecial(row.pieces, row.tokens[at]!)) maskable[at] = 1;
	}
	return { ...row, maskable };
}

/**
 * Chooses positions of a row: ascending, exactly `count` of them, or all maskable ones where those are
 * fewer. Strategies of whole units trim the last unit to reach the exact count.
 */
type Choose<Config> = (
	row: RowView,
	options: { readonly count: number; readonly config: Config; readonly random: Random },
) => Int32Array;

interface Strategy<Config> {
	/** Strategies of a mixture choose in this order, so that single tokens never break up larger units. */
	readonly order: number;
	readonly choose: Choose<Config>;
}

/** Every masking strategy by its name in a recipe. */
const strategies: { readonly [Name in StrategyName]: Strategy<Extract<StrategyConfig, { name: Name }>> } = {
	/** BERT (Devlin et al., 2019), section 3.1: single tokens, uniformly. */
	random: {
		order: 3,
		choose: (row, { count, random }) => takeUnits(row, shuffle(singleUnits(row), random), count),
	},
	/** Whole-word masking (BERT's code of May 2019): all pieces of a word together. */
	wholeWord: {
		order: 2,
		choose: (row, { count, random }) => takeUnits(row, shuffle(wordUnits(row), random), count),
	},
	/** SpanBERT (Joshi et al., 2020), section 3.1: runs of whole words of geometric length within a document. */
	span: {
		order: 1,
		choose: (row, { count, config, random }) => takeUnits(row, spanUnits(row, config, random), count),
	},
	/** All pieces of a non-keyword identifier together; words, then, where a row has too few identifiers. */
	identifier: {
		order: 0,
		choose: (row, { count, random }) => {
			const identifiers = shuffle(identifierUnits(row), random);
			return takeUnits(
				row,
				concatenate(identifiers, () => shuffle(wordUnits(row), random)),
				count,
			);
		},
	},
};

/** The row of a strategy: its order in a mixture and its choice. */
export function strategyOf(config: StrategyConfig): {
	order: number;
	choose(row: RowView, count: number, random: Random): Int32Array;
} {
	const strategy = strategies[config.name] as Strategy<StrategyConfig>;
	return { order: strategy.order, choose: (row, count, random) => strategy.choose(row, { count, config, random }) };
}

function singleUnits(row: RowView): Unit[] {
	const units: Unit[] = [];
	row.maskable.forEach((maskable, start) => {
		if (maskable === 1) units.push({ start, end: start + 1 });
	});
	return units;
}

function* concatenate(first: Iterable<Unit>, rest: () => Iterable<Unit>): Iterable<Unit> {
	yield* first;
	yield* rest();
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
