import type { ExactHit } from "./exactNames.ts";
import type { FoundChunk } from "./foundChunks.ts";
import { type CosineSpread, fusedScore } from "./fusion.ts";
import type { LexicalHit } from "./lexicalSearch.ts";

/** A chunk with all that speaks for it. */
export interface Ranked {
	readonly chunk: FoundChunk;
	readonly score: number;
	/** Counted from 1; null when it is not among the candidates of that side. */
	readonly lexicalRank: number | null;
	readonly vectorRank: number | null;
}

/** What was found, before it is put in one order. */
export interface Candidates {
	readonly chunks: readonly FoundChunk[];
	/** Best first. */
	readonly lexical: readonly LexicalHit[];
	/** Ranks of contents by vector, counted from 1. */
	readonly vectorRanks: ReadonlyMap<string, number>;
	/** Cosines of contents that have a vector. */
	readonly cosineOf: (hash: string) => number | undefined;
	readonly spread: CosineSpread;
	readonly weight: number;
	/** Chunks with the name that the query is, in whole: they come first, by tier. */
	readonly named: readonly ExactHit[];
	/** The best chunk for each name that stands within the query: never below rank 3. */
	readonly mentioned: readonly number[];
}

/** No name that stands in a query is below this rank. */
const lowestRankOfName = 3;

/** The candidates in one order. */
export function rank(candidates: Candidates): Ranked[] {
	const { chunks, lexical, vectorRanks, cosineOf, spread, weight, named, mentioned } = candidates;
	const best = lexical[0]?.score ?? 1;
	const lexicalPlaces = new Map(lexical.map(({ id, score }, place) => [id, { score: score / best, rank: place + 1 }]));
	const tiers = new Map(named.map(({ id, tier }) => [id, tier]));
	const tierOf = ({ chunk }: Ranked): number => tiers.get(chunk.id) ?? 2;
	const ranked = chunks.map((chunk): Ranked => {
		const place = lexicalPlaces.get(chunk.id);
		return {
			chunk,
			score: fusedScore(place?.score ?? 0, cosineOf(chunk.hash), { spread, weight }),
			lexicalRank: place?.rank ?? null,
			vectorRank: vectorRanks.get(chunk.hash) ?? null,
		};
	});
	ranked.sort((a, b) => tierOf(a) - tierOf(b) || b.score - a.score || a.chunk.id - b.chunk.id);
	return raise(ranked, mentioned);
}

/** Moves the chunks of these ids up to the last rank that a name may have, in their order; the rest keeps its order. */
function raise(ranked: Ranked[], ids: readonly number[]): Ranked[] {
	const top = ranked.slice(0, lowestRankOfName);
	const low = ids.flatMap((id) => {
		if (top.some(({ chunk }) => chunk.id === id)) return [];
		return ranked.find(({ chunk }) => chunk.id === id) ?? [];
	});
	if (low.length === 0) return ranked;
	const kept = lowestRankOfName - Math.min(low.length, lowestRankOfName);
	// Those of the first ranks that are names themselves stay there.
	const first = [...top].sort((a, b) => Number(ids.includes(b.chunk.id)) - Number(ids.includes(a.chunk.id)));
	const stay = new Set(first.slice(0, kept));
	const head = [...ranked.filter((one) => stay.has(one)), ...low];
	return [...head, ...ranked.filter((one) => !head.includes(one))];
}
