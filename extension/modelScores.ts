import type { ModelDescriptions } from "../sidecar/protocol/outputs.ts";
import type { HeldOut } from "../sidecar/protocol/scores.ts";

/** The held-out scores that a model's own run wrote, if they are of the kind that is shown. */
export function heldOutOf(model: ModelDescriptions[number]): HeldOut | undefined {
	const scores = model.scores;
	if (scores === null || !("top1" in scores)) return undefined;
	const baselines = scores["baselines"];
	const isTable = typeof baselines === "object" && baselines !== null && !Array.isArray(baselines);
	// A model of another version may lack some: they read as not measured.
	return { ...noScores, ...scores, baselines: { ...noScores.baselines, ...(isTable ? baselines : {}) } };
}

const noScores: HeldOut = {
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
