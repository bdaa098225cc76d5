import { type Candidate, proposeCandidates } from "./candidates.ts";
import { documentNames } from "./documentNames.ts";
import { observeSlot, surroundings } from "./fill.ts";
import { type FillSite, fillSites, openSite } from "./fillSites.ts";
import type { LoadedModel } from "./loadedModel.ts";
import { type Evidence, modelLogProbability, rankCandidates } from "./ranking.ts";
import { cacheWeights, type RankingWeights } from "./rankingWeights.ts";

/** Shares in [0, 1] of hidden identifiers that are found whole, their length unknown; null where there were no sites. */
export interface FillScores {
	readonly sites: number;
	/** The model alone: its own proposals by mean log-probability of their pieces. */
	readonly modelTop1: number | null;
	readonly modelTop5: number | null;
	/** Without the model: the words of the text and the n-gram counts, see `cacheAlone`. */
	readonly cacheTop1: number | null;
	readonly cacheTop5: number | null;
	/** What `fill` shows. */
	readonly rankedTop1: number | null;
	readonly rankedTop5: number | null;
}

export interface EvaluateFillOptions {
	/** Identifiers to hide, one at a time. */
	readonly sites: number;
	readonly seed: number;
	readonly weights?: RankingWeights;
	readonly signal?: AbortSignal;
}

/** All that is proposed at a site, and what hides there. */
export interface OpenedSite {
	readonly truth: string;
	readonly evidence: Evidence;
	/** Of the model, the text and the counts together. */
	readonly candidates: readonly Candidate[];
	/** Of the text and the counts alone. */
	readonly cached: readonly Candidate[];
}

/** Hides identifiers of held-out texts one at a time and asks the model, the cache and the ranking for each. */
export async function evaluateFill(
	model: LoadedModel,
	texts: readonly string[],
	options: EvaluateFillOptions,
): Promise<FillScores> {
	const { seed, weights, signal } = options;
	const sites = fillSites(model, texts, { kind: "identifier", count: options.sites, seed });
	const hits = { modelTop1: 0, modelTop5: 0, cacheTop1: 0, cacheTop5: 0, rankedTop1: 0, rankedTop5: 0 };
	for (const site of sites) {
		const opened = await openFillSite(model, texts, { site, ...(signal === undefined ? {} : { signal }) });
		const rankOf = (ordered: readonly Candidate[]): number => ordered.findIndex(({ text }) => text === opened.truth);
		const ranked = { ...opened.evidence, ...(weights === undefined ? {} : { weights }) };
		count(rankOf(modelAlone(model, opened)), hits, ["modelTop1", "modelTop5"]);
		count(rankOf(cacheAlone(model, opened)), hits, ["cacheTop1", "cacheTop5"]);
		count(rankOf(rankCandidates(model, opened.candidates, ranked)), hits, ["rankedTop1", "rankedTop5"]);
	}
	const shares = Object.entries(hits).map(([name, hit]) => [name, sites.length === 0 ? null : hit / sites.length]);
	return { sites: sites.length, ...(Object.fromEntries(shares) as Omit<FillScores, "sites">) };
}

/** Asks the model once and gathers what everyone proposes. */
export async function openFillSite(
	model: LoadedModel,
	texts: readonly string[],
	{ site, signal }: { readonly site: FillSite; readonly signal?: AbortSignal },
): Promise<OpenedSite> {
	const { truth, parts, slot } = openSite(model, texts, site);
	const evidence = await observeSlot(model, parts, { slot, ...(signal === undefined ? {} : { signal }) });
	const { before, after } = surroundings(parts, slot);
	const names = documentNames(before, after);
	const proposers = { names, ngrams: model.ngrams };
	const { context } = evidence;
	return {
		truth,
		evidence,
		candidates: proposeCandidates(model, context, { ...evidence, ...proposers }),
		cached: proposeCandidates(model, context, proposers),
	};
}

type Hits = Record<Exclude<keyof FillScores, "sites">, number>;

function count(rank: number, hits: Hits, [top1, top5]: readonly [keyof Hits, keyof Hits]): void {
	if (rank === 0) hits[top1]++;
	if (rank >= 0 && rank < 5) hits[top5]++;
}

/** The model's own proposals by mean log-probability, best first. */
export function modelAlone(model: LoadedModel, { evidence }: OpenedSite): Candidate[] {
	const { context, byLength } = evidence;
	const mean = (candidate: Candidate): number => modelLogProbability(candidate, byLength) / candidate.pieces.length;
	return sortedBy(proposeCandidates(model, context, { byLength }), mean);
}

/** What the text's words and the n-gram counts propose, by the weights of what these two say: no model, no syntax. */
function cacheAlone(model: LoadedModel, { evidence, cached }: OpenedSite): Candidate[] {
	return rankCandidates(model, cached, { ...evidence, weights: cacheWeights });
}

function sortedBy(candidates: readonly Candidate[], score: (candidate: Candidate) => number): Candidate[] {
	const scores = new Map(candidates.map((candidate) => [candidate, score(candidate)]));
	return [...candidates].sort((a, b) => scores.get(b)! - scores.get(a)!);
}
