import { createRandom } from "../base/random.ts";
import { packedRow } from "../data/collate.ts";
import { evaluationSeed } from "../data/masking/config.ts";
import { identifierUnits } from "../data/pieces.ts";
import { type EvaluationOptions, share } from "./evaluation.ts";
import { groups, maskedBatch, type Site } from "./maskedBatch.ts";

/** The longest identifier that is scored, in pieces. */
const maximumPieces = 6;

/** Keeps these draws apart from those of other uses of the evaluation seed. */
const stream = 0x6964656e;

/**
 * Whole identifiers of one to six pieces, one per sampled row, all pieces masked and predicted in one pass:
 * right when every piece is. Top-5 asks whether the identifier is among the five likeliest
 * sequences under the product of the positions' probabilities.
 */
export async function identifierAccuracy(
	options: EvaluationOptions,
): Promise<{ identifierTop1: number | null; identifierTop5: number | null }> {
	const { scorer, pieces } = options;
	const sites = Array.from({ length: options.rows.count }, (_, row) => row).flatMap((row) =>
		identifierSite(options, row),
	);
	let top1 = 0;
	let top5 = 0;
	for (const group of groups(sites, scorer.shape.rows)) {
		const batch = maskedBatch(group, { ...options, shape: scorer.shape });
		const probabilities = await scorer.score(batch.inputs, options.parameters);
		for (let slot = 0; slot < group.length; slot++) {
			const [start, end] = [batch.starts[slot]!, batch.starts[slot + 1]!];
			const best = likeliestSequences(probabilities, { start, end, vocabularySize: pieces.vocabularySize, keep: 5 });
			const truth = batch.labels.slice(start, end).join(" ");
			const rank = best.findIndex((ids) => ids.join(" ") === truth);
			if (rank === 0) top1++;
			if (rank >= 0) top5++;
		}
	}
	return { identifierTop1: share(top1, sites.length), identifierTop5: share(top5, sites.length) };
}

function identifierSite({ rows, pieces }: EvaluationOptions, row: number): Site[] {
	const units = identifierUnits(packedRow(rows, row, pieces)).filter(({ start, end }) => end - start <= maximumPieces);
	if (units.length === 0) return [];
	const { start, end } = units[createRandom(evaluationSeed, stream, row).below(units.length)]!;
	return [{ row, positions: Array.from({ length: end - start }, (_, offset) => start + offset) }];
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
export function largestIndices(values: Float32Array, count: number): number[] {
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
