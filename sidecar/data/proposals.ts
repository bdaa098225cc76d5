import { type ContextCounts, findPair } from "./ngramCounts.ts";
import type { NgramModel } from "./ngrams.ts";
import { isSpecial, type PieceTable } from "./pieces.ts";

/** A masked position of a row, and which positions of the row are hidden (this one among them). */
export interface Gap {
	/** Token ids [sequenceLength]. */
	readonly tokens: Int32Array;
	/** Document numbers [sequenceLength]; only the tokens of the gap's own document are looked at. */
	readonly segments: Int32Array;
	readonly position: number;
	/** 1 where a token is hidden [sequenceLength]. */
	readonly hidden: Uint8Array;
}

/** A token with its probability. */
export interface Proposal {
	readonly token: number;
	readonly probability: number;
}

/** How the estimates are mixed. */
export interface Mixture {
	/** Pseudo-counts of the back-off per distinct token seen between both neighbours. */
	readonly both: number;
	/** Pseudo-counts of the unigram per distinct token seen after or before one neighbour. */
	readonly single: number;
	/** The largest share that the window cache can have in the whole. */
	readonly cache: number;
	/** The weight of all tokens of the window together at which the cache has half its largest share. */
	readonly cacheHalf: number;
	/** What a token of the window weighs, beyond 1, for each neighbour that it shares with the gap. */
	readonly match: number;
	/** What it weighs beyond that when it shares both. */
	readonly matchBoth: number;
}

/**
 * Tuned on one training document in ten while the other nine were counted (an astropy tree, zod, and files of seven
 * languages): the optimum is flat, doubling or halving one number costs less than half a point of top-1.
 */
export const defaultMixture: Mixture = { both: 1, single: 0.2, cache: 0.9, cacheHalf: 300, match: 50, matchBoth: 300 };

/**
 * The `k` likeliest ordinary tokens at a gap, likeliest first. The trigram of both neighbours backs off to the mean of
 * the two bigrams, these to the unigram (Witten and Bell's weights, scaled). A cache of the visible tokens of the same
 * document in the row is mixed in, with a larger share the more of them share neighbours with the gap. A hidden or
 * missing neighbour leaves out the tables that need it.
 */
export function propose(
	model: NgramModel,
	gap: Gap,
	options: { readonly k: number; readonly pieces: PieceTable; readonly mixture?: Mixture },
): Proposal[] {
	const { base, extra, touched } = gapEstimate(model, gap, options.mixture ?? defaultMixture);
	const { k, pieces } = options;
	const best: Proposal[] = [];
	for (const token of touched) {
		if (!isSpecial(pieces, token))
			keepBest(best, k, { token, probability: extra[token]! + base * unigram(model, token) });
	}
	for (let at = 0, added = 0; at < model.frequent.length && added < k; at++) {
		const token = model.frequent[at]!;
		if (extra[token]! > 0) continue;
		added++;
		keepBest(best, k, { token, probability: base * unigram(model, token) });
	}
	return best;
}

/** The probability of every token at a gap [vocabularySize], by the same mixture. */
export function gapProbabilities(model: NgramModel, gap: Gap, mixture: Mixture = defaultMixture): Float64Array {
	const { base, extra } = gapEstimate(model, gap, mixture);
	for (let token = 0; token < extra.length; token++) extra[token]! += base * unigram(model, token);
	return extra;
}

/** Inserts a proposal in descending order of probability; of equals the smaller id comes first. */
function keepBest(best: Proposal[], k: number, proposal: Proposal): void {
	let at = best.length;
	while (at > 0 && comesBefore(proposal, best[at - 1]!)) at--;
	if (at >= k) return;
	best.splice(at, 0, proposal);
	if (best.length > k) best.pop();
}

function comesBefore(a: Proposal, b: Proposal): boolean {
	return a.probability > b.probability || (a.probability === b.probability && a.token < b.token);
}

/** An add-a-half estimate, so that a token that was never counted keeps a chance. */
function unigram(model: NgramModel, token: number): number {
	return (model.unigram[token]! + 0.5) / (model.total + model.vocabularySize / 2);
}

/** p(t) = extra[t] + base * unigram(t); `touched` lists the tokens with something extra. */
interface Estimate {
	base: number;
	readonly extra: Float64Array;
	readonly touched: number[];
}

/** Every mixing step is linear, so the weights are handed down from the cache to the unigram. */
function gapEstimate(model: NgramModel, gap: Gap, mixture: Mixture): Estimate {
	const estimate: Estimate = { base: 0, extra: new Float64Array(model.vocabularySize), touched: [] };
	const before = visible(gap, gap.position - 1);
	const after = visible(gap, gap.position + 1);
	let share = 1 - addCache(estimate, gap, { before, after, mixture });
	if (before >= 0 && after >= 0) {
		const pair = findPair(model.both, before, after);
		if (pair >= 0) share = addEntries(estimate, model.both, pair, { share, backOff: mixture.both });
	}
	const neighbours = (before >= 0 ? 1 : 0) + (after >= 0 ? 1 : 0);
	if (neighbours === 0) estimate.base = share;
	const single = { share: share / neighbours, backOff: mixture.single };
	if (before >= 0) estimate.base += addEntries(estimate, model.left, before, single);
	if (after >= 0) estimate.base += addEntries(estimate, model.right, after, single);
	return estimate;
}

/** The visible token at a position of the gap's document, or -1. */
function visible(gap: Gap, position: number): number {
	if (position < 0 || position >= gap.tokens.length || gap.hidden[position] === 1) return -1;
	return gap.segments[position] === gap.segments[gap.position] ? gap.tokens[position]! : -1;
}

function add(estimate: Estimate, token: number, probability: number): void {
	if (estimate.extra[token] === 0) estimate.touched.push(token);
	estimate.extra[token]! += probability;
}

/**
 * p(t) = (c(t) + w d p'(t)) / (C + w d) for C counts of d distinct tokens, Witten-Bell for w = 1: adds the share of
 * the counts and returns the share that is left to the back-off p'.
 */
function addEntries(
	estimate: Estimate,
	table: ContextCounts,
	context: number,
	weights: { readonly share: number; readonly backOff: number },
): number {
	const start = table.starts[context]!;
	const end = table.starts[context + 1]!;
	if (start === end) return weights.share;
	let total = weights.backOff * (end - start);
	for (let entry = start; entry < end; entry++) total += table.counts[entry]!;
	const perCount = weights.share / total;
	for (let entry = start; entry < end; entry++) add(estimate, table.tokens[entry]!, table.counts[entry]! * perCount);
	return perCount * weights.backOff * (end - start);
}

/** Adds the tokens of the window and returns their share of the whole. */
function addCache(
	estimate: Estimate,
	gap: Gap,
	context: { readonly before: number; readonly after: number; readonly mixture: Mixture },
): number {
	const { before, after, mixture } = context;
	const weights = new Float64Array(gap.tokens.length);
	let total = 0;
	for (let at = 0; at < weights.length; at++) {
		if (visible(gap, at) < 0) continue;
		const sameBefore = before >= 0 && visible(gap, at - 1) === before;
		const sameAfter = after >= 0 && visible(gap, at + 1) === after;
		weights[at] = 1 + (sameBefore ? mixture.match : 0) + (sameAfter ? mixture.match : 0);
		if (sameBefore && sameAfter) weights[at]! += mixture.matchBoth;
		total += weights[at]!;
	}
	const share = (mixture.cache * total) / (total + mixture.cacheHalf);
	if (!(share > 0)) return 0;
	for (let at = 0; at < weights.length; at++) {
		if (weights[at]! > 0) add(estimate, gap.tokens[at]!, (share * weights[at]!) / total);
	}
	return share;
}
