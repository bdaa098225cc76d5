/**
 * One score of two rankings. Scores are added and not ranks: plain reciprocal ranks let a weak encoder pull BM25
 * down, since the last of its list counts nearly as much as the first.
 *
 *   score = bm25 / best bm25 of the query + weight * (cosine - mean) / deviation
 *
 * Mean and deviation are those of the query's cosines with all that it is compared with, so that an encoder whose
 * cosines all lie together, as untrained ones' do, is read like any other.
 */
export interface CosineSpread {
	readonly mean: number;
	/** Standard deviation; 0 where all are the same, which then count for nothing. */
	readonly deviation: number;
}

/** For an encoder whose weight was not tuned: it orders what BM25 leaves even, and finds where no word is shared. */
export const untunedWeight = 0.02;

export function cosineSpread(cosines: Float32Array): CosineSpread {
	let sum = 0;
	let squares = 0;
	for (const cosine of cosines) {
		sum += cosine;
		squares += cosine * cosine;
	}
	const mean = sum / Math.max(1, cosines.length);
	const variance = squares / Math.max(1, cosines.length) - mean * mean;
	return { mean, deviation: variance > 1e-12 ? Math.sqrt(variance) : 0 };
}

/** The score of one candidate; `lexical` is its BM25 score over the best of the query, 0 where no word is shared. */
export function fusedScore(
	lexical: number,
	cosine: number | undefined,
	{ spread, weight }: { spread: CosineSpread; weight: number },
): number {
	if (cosine === undefined || spread.deviation === 0) return lexical;
	return lexical + (weight * (cosine - spread.mean)) / spread.deviation;
}
