import { type ContextCounts, findPair } from "../data/ngramCounts.ts";
import type { NgramModel } from "../data/ngrams.ts";

/** Pseudo-counts of the unigram for each distinct token seen beside one neighbour, as in `data/proposals.ts`. */
const backOff = 0.2;

/**
 * The log-probability of pieces between two neighbours (-1: unknown), up to a constant of the place: a chain of
 * bigrams from the left, closed by the right neighbour through Bayes' rule, so that fills of different lengths compare.
 */
export function chainLogProbability(
	model: NgramModel,
	pieces: ArrayLike<number>,
	neighbours: { readonly before: number; readonly after: number },
): number {
	let sum = 0;
	let previous = neighbours.before;
	for (let at = 0; at < pieces.length; at++) {
		sum += Math.log(conditional(model, model.left, { context: previous, token: pieces[at]! }));
		previous = pieces[at]!;
	}
	if (neighbours.after < 0) return sum;
	const closing = conditional(model, model.right, { context: neighbours.after, token: previous });
	return sum + Math.log(closing) - Math.log(unigram(model, previous));
}

/** How often the training text has this piece between these neighbours. */
export function countBetween(model: NgramModel, before: number, token: number, after: number): number {
	if (before < 0 || after < 0) return 0;
	const pair = findPair(model.both, before, after);
	return pair < 0 ? 0 : countIn(model.both, pair, token);
}

/** The pieces seen between two neighbours, the most frequent first, at most `most`. */
export function seenBetween(
	model: NgramModel,
	neighbours: { readonly before: number; readonly after: number },
	most: number,
): number[] {
	const { before, after } = neighbours;
	const pair = before < 0 || after < 0 ? -1 : findPair(model.both, before, after);
	if (pair >= 0) return frequentIn(model.both, pair, most);
	return [
		...(before < 0 ? [] : frequentIn(model.left, before, most)),
		...(after < 0 ? [] : frequentIn(model.right, after, most)),
	];
}

function conditional(
	model: NgramModel,
	table: ContextCounts,
	{ context, token }: { readonly context: number; readonly token: number },
): number {
	const base = unigram(model, token);
	if (context < 0) return base;
	const start = table.starts[context]!;
	const end = table.starts[context + 1]!;
	if (start === end) return base;
	const smoothing = backOff * (end - start);
	return (countIn(table, context, token) + smoothing * base) / (totalIn(table, context) + smoothing);
}

/** An add-a-half estimate. */
function unigram(model: NgramModel, token: number): number {
	return (model.unigram[token]! + 0.5) / (model.total + 0.5 * model.vocabularySize);
}

function countIn(table: ContextCounts, context: number, token: number): number {
	let low = table.starts[context]!;
	const end = table.starts[context + 1]!;
	let high = end;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (table.tokens[middle]! < token) low = middle + 1;
		else high = middle;
	}
	return low < end && table.tokens[low] === token ? table.counts[low]! : 0;
}

const knownTotals = new WeakMap<ContextCounts, Float64Array>();

/** The sum of a context's counts; all sums of a table are made at its first use. */
function totalIn(table: ContextCounts, context: number): number {
	let totals = knownTotals.get(table);
	if (totals === undefined) {
		totals = new Float64Array(table.starts.length - 1);
		for (let of = 0; of < totals.length; of++) {
			for (let at = table.starts[of]!; at < table.starts[of + 1]!; at++) totals[of]! += table.counts[at]!;
		}
		knownTotals.set(table, totals);
	}
	return totals[context]!;
}

function frequentIn(table: ContextCounts, context: number, most: number): number[] {
	const entries = Array.from(
		{ length: table.starts[context + 1]! - table.starts[context]! },
		(_, offset) => table.starts[context]! + offset,
	);
	return entries
		.sort((a, b) => table.counts[b]! - table.counts[a]! || a - b)
		.slice(0, most)
		.map((entry) => table.tokens[entry]!);
}
