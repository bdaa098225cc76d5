import { createRandom } from "../base/random.ts";
import { evaluationSeed } from "../data/masking/config.ts";
import { isSpecial } from "../data/pieces.ts";
import type { EvaluationOptions } from "./evaluationOptions.ts";
import { groups, maskedBatch, type Site } from "./maskedBatch.ts";

/** Keeps these draws apart from those of other uses of the evaluation seed. */
const stream = 0x7070706c;

/**
 * exp of the mean loss of single tokens, each masked alone (Salazar et al. 2020, eq. 2), over one token per
 * sampled row, drawn by the fixed evaluation seed.
 */
export async function pseudoPerplexity(options: EvaluationOptions): Promise<number> {
	const { scorer } = options;
	const sites = Array.from({ length: options.rows.count }, (_, row) => row).flatMap((row) => singleToken(options, row));
	let loss = 0;
	for (const group of groups(sites, scorer.shape.rows)) {
		const batch = maskedBatch(group, { ...options, shape: scorer.shape });
		const probabilities = await scorer.score(batch.inputs, options.parameters);
		const width = probabilities.length / scorer.shape.maskedRows;
		batch.labels.forEach((label, index) => {
			loss -= Math.log(Math.max(probabilities[index * width + label]!, 1e-30));
		});
	}
	return Math.exp(loss / Math.max(1, sites.length));
}

function singleToken({ rows, pieces }: EvaluationOptions, row: number): Site[] {
	const from = row * rows.sequenceLength;
	const ordinary: number[] = [];
	for (let at = 0; at < rows.sequenceLength; at++) {
		if (rows.segments[from + at]! >= 0 && !isSpecial(pieces, rows.tokens[from + at]!)) ordinary.push(at);
	}
	if (ordinary.length === 0) return [];
	return [{ row, positions: [ordinary[createRandom(evaluationSeed, stream, row).below(ordinary.length)]!] }];
}
