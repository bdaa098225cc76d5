import type { HeldOut } from "./scores.ts";

/** The scores of a model that was not measured by masked language modelling. */
export const unscored: HeldOut = {
	loss: null,
	top1: null,
	top5: null,
	identifierTop1: null,
	identifierTop5: null,
	pseudoPerplexity: null,
	tokens: 0,
	wordTop1: null,
	wordTop5: null,
	baselines: { unigramTop1: null, bigramTop1: null, cacheTop1: null, cacheTop5: null, cacheWordTop1: null },
};
