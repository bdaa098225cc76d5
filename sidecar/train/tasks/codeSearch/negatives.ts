/** Hard negatives: code that is ranked high for words which are about other code. */
import { type Lists, listAt, listsOf, type TrainingPairs } from "./columns.ts";
import { pairKinds } from "./pairs.ts";

/** Makes L2-normalised rows [lists, width], one for each list of token ids. */
export type EmbedIds = (kind: "query" | "code", lists: readonly Int32Array[]) => Promise<Float32Array>;

export interface MiningOptions {
	/** So many negatives of a query, at most. */
	readonly count: number;
	readonly signal?: AbortSignal | undefined;
}

/**
 * What scores nearly as well as the right code may be right as well, and a copy of it scores the same. The share of
 * its score that a negative may have (TopK-PercPos of Moreira et al. 2024, NV-Retriever, section 3.2).
 */
const largestShare = 0.95;

// BM25's usual constants (Robertson and Zaragoza 2009, section 3.5).
const [k1, b] = [1.2, 0.75];

/** Tokens that stand in more of the functions than this share tell nothing, and are most of the work. */
const commonShare = 0.2;

/** So many functions are compared with each query by vectors: of more, the best of a sample are hard enough. */
const comparedFunctions = 2048;

/**
 * For each pair the pairs of its language whose code BM25 ranks highest for its query, best first: of documented
 * functions for documented functions. Empty for pairs of another kind. What has the same query is left out.
 */
export function lexicalNegatives(pairs: TrainingPairs, { count, signal }: MiningOptions): Lists {
	const found: Int32Array[] = noNegatives(pairs);
	for (const members of documentedByLanguage(pairs)) {
		const scoresOf = bm25(members.map((pair) => listAt(pairs.codes, pair)));
		for (const [place, pair] of members.entries()) {
			if (signal?.aborted) break;
			const scores = scoresOf(listAt(pairs.queries, pair));
			found[pair] = hardest(pairs, { pair, members, scores, positive: scores.get(place) ?? 0, count });
		}
	}
	return listsOf(found);
}

/** The same by the cosines of a model's vectors. */
export async function modelNegatives(
	pairs: TrainingPairs,
	embed: EmbedIds,
	{ count, signal }: MiningOptions,
): Promise<Lists> {
	const found: Int32Array[] = noNegatives(pairs);
	for (const members of documentedByLanguage(pairs)) {
		const codes = await embed("code", lists(pairs.codes, members));
		const queries = await embed("query", lists(pairs.queries, members));
		const width = codes.length / Math.max(1, members.length);
		const step = Math.max(1, members.length / comparedFunctions);
		for (const [place, pair] of members.entries()) {
			if (signal?.aborted) break;
			const cosine = (other: number): number => dot(queries, place * width, codes, other * width, width);
			const scores = new Map<number, number>();
			// Each query looks at other functions than the one before.
			for (let at = place % step; at < members.length; at += step) scores.set(Math.floor(at), cosine(Math.floor(at)));
			found[pair] = hardest(pairs, { pair, members, scores, positive: cosine(place), count });
		}
	}
	return listsOf(found);
}

interface Ranked {
	readonly pair: number;
	readonly members: readonly number[];
	/** By place in `members`. */
	readonly scores: ReadonlyMap<number, number>;
	readonly positive: number;
	readonly count: number;
}

function hardest(pairs: TrainingPairs, { pair, members, scores, positive, count }: Ranked): Int32Array {
	const query = listAt(pairs.queries, pair).join();
	const ranked = [...scores].filter(([, score]) => score > 0 && score <= largestShare * positive);
	ranked.sort((one, other) => other[1] - one[1] || one[0] - other[0]);
	const taken: number[] = [];
	for (const [place] of ranked) {
		if (taken.length === count) break;
		const other = members[place]!;
		if (listAt(pairs.queries, other).join() !== query) taken.push(other);
	}
	return Int32Array.from(taken);
}

/** BM25 of all `documents` that share a token with a query, by their index. */
function bm25(documents: readonly Int32Array[]): (query: Int32Array) => Map<number, number> {
	const postings = new Map<number, { places: number[]; counts: number[] }>();
	let total = 0;
	for (const [place, ids] of documents.entries()) {
		total += ids.length;
		const counts = new Map<number, number>();
		for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
		for (const [id, count] of counts) {
			const posting = postings.get(id) ?? { places: [], counts: [] };
			postings.set(id, posting);
			posting.places.push(place);
			posting.counts.push(count);
		}
	}
	const average = total / Math.max(1, documents.length);
	return (query) => {
		const scores = new Map<number, number>();
		for (const id of new Set(query)) {
			const posting = postings.get(id);
			const frequency = posting?.places.length ?? 0;
			if (posting === undefined || frequency > Math.max(8, commonShare * documents.length)) continue;
			const idf = Math.log(1 + (documents.length - frequency + 0.5) / (frequency + 0.5));
			for (const [at, place] of posting.places.entries()) {
				const count = posting.counts[at]!;
				const length = 1 - b + (b * documents[place]!.length) / average;
				scores.set(place, (scores.get(place) ?? 0) + (idf * count * (k1 + 1)) / (count + k1 * length));
			}
		}
		return scores;
	};
}

function documentedByLanguage(pairs: TrainingPairs): number[][] {
	const byLanguage = new Map<number, number[]>();
	const documentation = pairKinds.indexOf("documentation");
	for (let pair = 0; pair < pairs.count; pair++) {
		if (pairs.kinds[pair] !== documentation) continue;
		const members = byLanguage.get(pairs.languages[pair]!) ?? [];
		byLanguage.set(pairs.languages[pair]!, members);
		members.push(pair);
	}
	return [...byLanguage.values()];
}

function noNegatives(pairs: TrainingPairs): Int32Array[] {
	return Array.from({ length: pairs.count }, () => new Int32Array(0));
}

function lists(all: Lists, members: readonly number[]): Int32Array[] {
	return members.map((pair) => listAt(all, pair));
}

function dot(one: Float32Array, from: number, other: Float32Array, otherFrom: number, width: number): number {
	let sum = 0;
	for (let unit = 0; unit < width; unit++) sum += one[from + unit]! * other[otherFrom + unit]!;
	return sum;
}
