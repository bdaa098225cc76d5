import type { HeldOut } from "../protocol/scores.ts";
import type { RankScores } from "../protocol/search.ts";
import { count, decimal, percent, table } from "./format.ts";

type Share = "top1" | "top5" | "wordTop1" | "wordTop5" | "identifierTop1" | "identifierTop5";

/**
 * Held-out scores as a table, the model beside the baselines that were counted on the same data, and beside itself
 * before the run where it went on from another.
 */
export function scoreLines(scores: HeldOut): string[] {
	if (scores.search !== undefined) return searchLines(scores.search);
	if (scores.detection !== undefined) return detectionLines(scores.detection);
	const { baselines, before } = scores;
	const was = (name: Share): string[] => (before === undefined ? [] : [percent(before[name])]);
	const row = (label: string, top1: Share, top5: Share): string[] => {
		return [label, ...was(top1), percent(scores[top1]), ...was(top5), percent(scores[top5])];
	};
	const baseline = (label: string, top1: number | null, top5?: number | null): string[] => {
		const gap = before === undefined ? [] : [""];
		return [label, ...gap, percent(top1), ...gap, top5 === undefined ? "" : percent(top5)];
	};
	const head = before === undefined ? [">top-1", ">top-5"] : [">top-1 before", ">after", ">top-5 before", ">after"];
	const lossBefore = before === undefined ? "" : ` (${decimal(before.loss, 3)} before)`;
	return [
		`on ${count(scores.tokens)} held-out tokens: loss ${decimal(scores.loss, 3)}${lossBefore}, pseudo-perplexity ${decimal(scores.pseudoPerplexity, 1)}`,
		...table(
			["", ...head],
			[
				row("tokens", "top1", "top5"),
				row("words", "wordTop1", "wordTop5"),
				row("whole identifiers", "identifierTop1", "identifierTop5"),
				baseline("baseline: most frequent token", baselines.unigramTop1),
				baseline("baseline: bigram", baselines.bigramTop1),
				baseline("baseline: trigram and cache", baselines.cacheTop1, baselines.cacheTop5),
				baseline("baseline: the same, words", baselines.cacheWordTop1),
			],
		),
		...structureLines(scores),
		...bitextLines(scores),
	];
}

/** How often the two texts of held-out pairs find each other. */
function bitextLines({ bitext }: HeldOut): string[] {
	if (bitext === undefined) return [];
	const { forward, backward, pairs } = bitext;
	return [
		`${count(pairs)} held-out pairs by mean vectors: ${percent(forward)} of the first texts find their second, ${percent(backward)} the other way`,
	];
}

/** How well replaced tokens are told from others. */
function detectionLines(scores: NonNullable<HeldOut["detection"]>): string[] {
	const { auroc, accuracy, majority, recall, threshold, generatorLoss, tokens } = scores;
	return [
		`on ${count(tokens)} held-out tokens, 15% of them chosen and replaced by draws of the generator (loss ${decimal(generatorLoss, 3)}):`,
		`  replaced tokens found: area under the curve ${decimal(auroc, 3)}, accuracy ${percent(accuracy)} (saying the same of all: ${percent(majority)})`,
		`  at 1 false alarm in 100 tokens (probability ${decimal(threshold, 3)}): ${percent(recall)} of the replaced tokens`,
	];
}

/** What GraphCodeBERT learned of the data flow. */
function structureLines({ edgeF1, alignmentF1 }: HeldOut): string[] {
	if (edgeF1 === undefined) return [];
	return [
		`data flow of held-out functions: edges F1 ${decimal(edgeF1, 3)}, alignment F1 ${decimal(alignmentF1 ?? null, 3)}`,
	];
}

/** How well documentation finds its own function among all held-out ones, before training and after. */
function searchLines({ asIs, nameless, before, fusionWeight }: NonNullable<HeldOut["search"]>): string[] {
	const row = (label: string, scores: RankScores | null): string[] => [
		label,
		...(["mrr", "recall1", "recall5", "recall10"] as const).map((key) => decimal(scores?.[key] ?? null, 3)),
	];
	return [
		`${count(asIs.queries)} documented functions of held-out files, each sought among ${count(asIs.pool)}; weight ${decimal(fusionWeight, 3)} beside BM25`,
		...table(
			["", ">MRR", ">recall 1", ">recall 5", ">recall 10"],
			[
				row("BM25", asIs.bm25),
				...(before === null ? [] : [row("encoder before", before.encoder), row("hybrid before", before.hybrid)]),
				row("encoder", asIs.encoder),
				row("hybrid", asIs.hybrid),
				row("BM25, names masked", nameless.bm25),
				row("encoder, names masked", nameless.encoder),
				row("hybrid, names masked", nameless.hybrid),
			],
		),
	];
}
