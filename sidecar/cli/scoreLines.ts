import type { HeldOut } from "../protocol/scores.ts";
import { count, decimal, percent, table } from "./format.ts";

/** Held-out scores as a table, the model beside the baselines that were counted on the same data. */
export function scoreLines(scores: HeldOut): string[] {
	const { baselines } = scores;
	return [
		`on ${count(scores.tokens)} held-out tokens: loss ${decimal(scores.loss, 3)}, pseudo-perplexity ${decimal(scores.pseudoPerplexity, 1)}`,
		...table(
			["", ">top-1", ">top-5"],
			[
				["tokens", percent(scores.top1), percent(scores.top5)],
				["words", percent(scores.wordTop1), percent(scores.wordTop5)],
				["whole identifiers", percent(scores.identifierTop1), percent(scores.identifierTop5)],
				["baseline: most frequent token", percent(baselines.unigramTop1), ""],
				["baseline: bigram", percent(baselines.bigramTop1), ""],
				["baseline: trigram and cache", percent(baselines.cacheTop1), percent(baselines.cacheTop5)],
				["baseline: the same, words", percent(baselines.cacheWordTop1), ""],
			],
		),
	];
}
