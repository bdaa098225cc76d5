import type { PieceSource } from "../pieces.ts";

/** The longest n-gram of a lexicon, in tokens. */
export const longestNgram = 3;

/** Runs of tokens that stand together more often than chance has them: ERNIE-Gram's V_N. The index is the n-gram's id. */
export interface NgramLexicon {
	/** Token ids [count, 3]; -1 behind the two of a bigram. */
	readonly tokens: Int32Array;
	/** The t-statistic of each, which it was chosen by [count]. */
	readonly statistics: Float32Array;
	readonly count: number;
}

export interface LexiconOptions {
	/** N-grams of two and of three tokens that are taken at most, those of the highest t-statistic first. */
	readonly bigrams: number;
	readonly trigrams: number;
	/** A t-statistic that is not above this does not count. */
	readonly criticalValue: number;
	/** 1 for each token id that no n-gram may hold, see `ngramBarriers`. */
	readonly barriers: Uint8Array;
}

/** Tokens that no n-gram may hold: special ones, and those that are blank or hold a line break. By id. */
export function ngramBarriers(source: PieceSource): Uint8Array {
	return Uint8Array.from({ length: source.vocabularySize }, (_, id) => {
		if (source.specialIds.has(id)) return 1;
		const text = source.tokenText(id);
		return text.trim() === "" || /[\n\r]/.test(text) ? 1 : 0;
	});
}

/**
 * The n-grams of documents by Student's t-test (Xiao et al. 2021, ERNIE-Gram, algorithm 1): against the hypothesis that
 * the tokens of w stand together by chance, p'(w) = p(x1) ... p(xn), the statistic is
 * (p(w) - p'(w)) / sqrt(p(w) (1 - p(w)) / N) with N runs of n tokens in all. Runs across barriers are not counted. Equal
 * statistics are ordered by their token ids, so that the same documents give the same lexicon.
 */
export function buildNgramLexicon(documents: readonly Int32Array[], options: LexiconOptions): NgramLexicon {
	const size = options.barriers.length;
	const runs = documents.flatMap((ids) => runsOf(ids, options.barriers));
	const single = countSingles(runs, size);
	const pairs = countKeys(runs, 2, (run, at) => run[at]! * size + run[at + 1]!);
	const couldReach = (count: number, total: number): boolean =>
		count >= total || Math.sqrt(count / (1 - count / total)) > options.criticalValue;
	// No run of three is more frequent than the pairs in it.
	const triples = countKeys(runs, 3, (run, at) => {
		const [a, b, c] = [run[at]!, run[at + 1]!, run[at + 2]!];
		const most = Math.min(pairs.counts.get(a * size + b)!, pairs.counts.get(b * size + c)!);
		return couldReach(most, pairs.total) ? (a * size + b) * size + c : undefined;
	});
	const chosen = [
		...choose(pairs, { length: 2, most: options.bigrams, single, ...options }),
		...choose(triples, { length: 3, most: options.trigrams, single, ...options }),
	];
	const tokens = new Int32Array(chosen.length * longestNgram).fill(-1);
	chosen.forEach(({ ids }, index) => {
		tokens.set(ids, index * longestNgram);
	});
	return { tokens, statistics: Float32Array.from(chosen, ({ statistic }) => statistic), count: chosen.length };
}

/** The tokens of an n-gram, by its id. */
export function ngramTokens({ tokens }: Pick<NgramLexicon, "tokens">, ngram: number): Int32Array {
	const ids = tokens.subarray(ngram * longestNgram, (ngram + 1) * longestNgram);
	return ids[longestNgram - 1] === -1 ? ids.subarray(0, longestNgram - 1) : ids;
}

interface Single {
	readonly counts: Float64Array;
	readonly total: number;
}

interface Counted {
	readonly counts: Map<number, number>;
	/** Runs of this many tokens, counted or not. */
	readonly total: number;
}

/** The stretches of a document between its barriers. */
function runsOf(ids: Int32Array, barriers: Uint8Array): Int32Array[] {
	const runs: Int32Array[] = [];
	for (let at = 0; at < ids.length; ) {
		const start = at;
		while (at < ids.length && barriers[ids[at]!] === 0) at++;
		if (at > start) runs.push(ids.subarray(start, at));
		else at++;
	}
	return runs;
}

function countSingles(runs: readonly Int32Array[], size: number): Single {
	const counts = new Float64Array(size);
	let total = 0;
	for (const run of runs) {
		for (const id of run) counts[id]!++;
		total += run.length;
	}
	return { counts, total };
}

/** Counts runs of `length` tokens by a number for each; undefined leaves one out. */
function countKeys(
	runs: readonly Int32Array[],
	length: number,
	keyOf: (run: Int32Array, at: number) => number | undefined,
): Counted {
	const counts = new Map<number, number>();
	let total = 0;
	for (const run of runs) {
		for (let at = 0; at + length <= run.length; at++) {
			total++;
			const key = keyOf(run, at);
			if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
		}
	}
	return { counts, total };
}

function choose(
	{ counts, total }: Counted,
	options: { length: number; most: number; single: Single; criticalValue: number; barriers: Uint8Array },
): { ids: number[]; statistic: number }[] {
	const { length, most, single, criticalValue } = options;
	const found: { ids: number[]; statistic: number; key: number }[] = [];
	for (const [key, count] of counts) {
		const ids = idsOf(key, length, options.barriers.length);
		const chance = ids.reduce((product, id) => (product * single.counts[id]!) / single.total, 1);
		const statistic = tStatistic(count / total, chance, total);
		if (statistic > criticalValue) found.push({ ids, statistic, key });
	}
	return found.sort((a, b) => b.statistic - a.statistic || a.key - b.key).slice(0, most);
}

function idsOf(key: number, length: number, size: number): number[] {
	const ids: number[] = [];
	for (let rest = key; ids.length < length; rest = Math.floor(rest / size)) ids.unshift(rest % size);
	return ids;
}

/** Of a share `observed` of `total` draws where `expected` would be chance; infinite where every draw is the same. */
export function tStatistic(observed: number, expected: number, total: number): number {
	return (observed - expected) / Math.sqrt((observed * (1 - observed)) / total);
}
