import { identifierSites } from "../data/identifierSites.ts";
import { evaluationSeed } from "../data/masking/config.ts";
import { type EvaluationOptions, share } from "./evaluationOptions.ts";
import { groups, maskedBatch, type Site } from "./maskedBatch.ts";

/**
 * Whole identifiers of one to six pieces, one per sampled row, all pieces masked and predicted in one pass:
 * right when every piece is. Top-5 asks whether the identifier is among the five likeliest
 * sequences under the product of the positions' probabilities.
 */
export async function identifierAccuracy(
	options: EvaluationOptions,
): Promise<{ identifierTop1: number | null; identifierTop5: number | null }> {
	const { scorer, pieces } = options;
	const found = identifierSites(options.rows, pieces, { perRow: 1, seed: evaluationSeed });
	const sites = found.map(({ row, start, end }): Site => {
		return { row, positions: Array.from({ length: end - start }, (_, offset) => start + offset) };
	});
	let top1 = 0;
	let top5 = 0;
	for (const group of groups(sites, scorer.shape.rows)) {
		const batch = maskedBatch(group, { ...options, shape: scorer.shape });
		const probabilities = await scorer.score(batch.inputs, options.parameters);
		const width = probabilities.length / scorer.shape.maskedRows;
		for (let slot = 0; slot < group.length; slot++) {
			const [start, end] = [batch.starts[slot]!, batch.starts[slot + 1]!];
			const best = likeliestSequences(probabilities, { start, end, vocabularySize: width, keep: 5 });
			const truth = batch.labels.slice(start, end).join(" ");
			const rank = best.findIndex((ids) => ids.join(" ") === truth);
			if (rank === 0) top1++;
			if (rank >= 0) top5++;
		}
	}
	return { identifierTop1: share(top1, sites.length), identifierTop5: share(top5, sites.length) };
}

interface SequenceOptions {
	/** The positions [start, end) of `probabilities` [M, vocabularySize]. */
	readonly start: number;
	readonly end: number;
	readonly vocabularySize: number;
	readonly keep: number;
}

/** The `keep` likeliest id sequences when each position is drawn on its own, likeliest first. */
function likeliestSequences(probabilities: Float32Array, options: SequenceOptions): number[][] {
	const { start, end, vocabularySize, keep } = options;
	let beams: { ids: number[]; probability: number }[] = [{ ids: [], probability: 1 }];
	for (let at = start; at < end; at++) {
		const row = probabilities.subarray(at * vocabularySize, (at + 1) * vocabularySize);
		const choices = largestIndices(row, keep);
		beams = beams
			.flatMap(({ ids, probability }) =>
				choices.map((id) => ({ ids: [...ids, id], probability: probability * row[id]! })),
			)
			.sort((a, b) => b.probability - a.probability)
			.slice(0, keep);
	}
	return beams.map(({ ids }) => ids);
}

/** Indices of the `count` largest entries, largest first. */
function largestIndices(values: Float32Array, count: number): number[] {
	const best: number[] = [];
	for (let index = 0; index < values.length; index++) {
		const value = values[index]!;
		if (best.length === count && value <= values[best[count - 1]!]!) continue;
		let at = best.length;
		while (at > 0 && values[best[at - 1]!]! < value) at--;
		best.splice(at, 0, index);
		if (best.length > count) best.pop();
	}
	return best;
}
