/**
 * Cosines by a model's large vectors for what its small ones found. An index of small vectors is quick to make and to
 * scan; the large vectors of the first few candidates are made when they are asked for (Starbucks, Zhuang et al. 2024,
 * section 1: small sizes where time counts, large ones where quality does).
 */
import type { FoundChunk } from "./foundChunks.ts";

/** Cosines of the query with contents, by their hash, by other vectors than those of the index. */
export type CloserCosines = (chunks: readonly FoundChunk[]) => Promise<ReadonlyMap<string, number>>;

/** So many of the first candidates are looked at more closely: their texts are read and embedded on the spot. */
export const closerCandidates = 24;

/**
 * Brings `closer` cosines to the scale of the rough ones of the same contents, so that a score that weighs cosines by
 * the spread of the rough ones reads them as these: the same mean and deviation over what both know.
 */
export function onScaleOf(
	rough: (hash: string) => number | undefined,
	closer: ReadonlyMap<string, number>,
): (hash: string) => number | undefined {
	const both = [...closer].flatMap(([hash, cosine]) => {
		const known = rough(hash);
		return known === undefined ? [] : [{ rough: known, closer: cosine }];
	});
	const from = spreadOf(both.map((one) => one.closer));
	const to = spreadOf(both.map((one) => one.rough));
	if (from.deviation === 0) return rough;
	return (hash) => {
		const cosine = closer.get(hash);
		const known = rough(hash);
		if (cosine === undefined || known === undefined) return known;
		return to.mean + ((cosine - from.mean) * to.deviation) / from.deviation;
	};
}

function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
	const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
	const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length);
	return { mean, deviation: variance > 1e-12 ? Math.sqrt(variance) : 0 };
}
