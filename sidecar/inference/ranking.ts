import { isKeyword } from "../data/keywords.ts";
import { type Candidate, neighbours } from "./candidates.ts";
import { fillPiece } from "./fillPieces.ts";
import type { LoadedModel } from "./loadedModel.ts";
import { chainLogProbability, countBetween } from "./ngramScore.ts";
import { type RankingFeature, type RankingWeights, rankingFeatures, rankingWeights } from "./rankingWeights.ts";
import type { RowProbabilities } from "./scoreLengths.ts";
import type { SlotContext } from "./slotContext.ts";

/** A candidate with the probability that it is what the mask hides. */
export interface RankedCandidate extends Candidate {
	readonly probability: number;
}

/** What the model and the training text say at a slot. */
export interface Evidence {
	readonly context: SlotContext;
	/** [n - 1] holds the probabilities at n masks. */
	readonly byLength: readonly RowProbabilities[];
	/** Of tokens and n-grams together at one mask [vocabulary + ngrams], where the model has an n-gram head. */
	readonly whole?: Float32Array;
}

/**
 * Ranks candidates, best first, by a log-linear model over `rankingFeatures`. The probabilities sum to less than 1:
 * what is left is the chance that the truth is not among the candidates.
 */
export function rankCandidates(
	model: LoadedModel,
	candidates: readonly Candidate[],
	evidence: Evidence & { readonly weights?: RankingWeights },
): RankedCandidate[] {
	const weights = evidence.weights ?? model.ranking ?? rankingWeights;
	const values = rankingFeatures.map((feature) => weights[feature]);
	const scores = candidates.map((candidate) =>
		featuresOf(model, candidate, evidence).reduce((sum, value, at) => sum + value * values[at]!, 0),
	);
	const highest = Math.max(weights.none, ...scores);
	const parts = scores.map((score) => Math.exp(score - highest));
	const total = parts.reduce((sum, part) => sum + part, Math.exp(weights.none - highest));
	return candidates
		.map((candidate, at) => ({ ...candidate, probability: parts[at]! / total }))
		.sort((a, b) => b.probability - a.probability);
}

/** The value of each of `rankingFeatures`, in their order. */
export function featuresOf(model: LoadedModel, candidate: Candidate, evidence: Evidence): number[] {
	const { pieces, use, text } = candidate;
	const { sum, mean, masks } = modelJudgement(model, candidate, evidence);
	const around = neighbours(model, evidence.context);
	const { ngrams } = model;
	const keyword = isKeyword(text);
	const word = (model.fillPieces.kinds[pieces[0]!]! & fillPiece.word) !== 0;
	const values: Record<RankingFeature, number> = {
		modelMean: mean,
		modelSum: sum,
		modelMeanKnown: use === undefined ? 0 : mean,
		twoPieces: masks === 2 ? 1 : 0,
		threePieces: masks === 3 ? 1 : 0,
		morePieces: masks > 3 ? 1 : 0,
		chain: ngrams === undefined ? 0 : chainLogProbability(ngrams, pieces, around),
		between:
			ngrams === undefined || pieces.length > 1
				? 0
				: Math.log1p(countBetween(ngrams, around.before, pieces[0]!, around.after)),
		known: use === undefined ? 0 : 1,
		count: Math.log1p(use?.count ?? 0),
		near: Math.log1p(use?.near ?? 0),
		distance: use === undefined ? 0 : -Math.log(use.distance),
		samePrevious: Math.log1p(use?.samePrevious ?? 0),
		sameNext: Math.log1p(use?.sameNext ?? 0),
		sameBoth: Math.log1p(use?.sameBoth ?? 0),
		samePreviousTwo: Math.log1p(use?.samePreviousTwo ?? 0),
		alwaysPrevious: use === undefined ? 0 : use.samePrevious / (use.count + 1),
		alwaysNext: use === undefined ? 0 : use.sameNext / (use.count + 1),
		inScope: use?.inScope === true ? 1 : 0,
		keyword: keyword ? 1 : 0,
		word: word && !keyword ? 1 : 0,
		capital: /^\p{Lu}/u.test(text) ? 1 : 0,
	};
	return rankingFeatures.map((feature) => values[feature]);
}

/**
 * The model's log-probability of a candidate, its mean over the masks that it was asked at, and how many these were: one
 * for each piece, or a single one for an n-gram that the model finds likelier as a whole. A model that predicts n-grams
 * whole weighs them against single pieces, whose probability is then what is left beside them.
 */
function modelJudgement(
	{ ngramHead, config }: LoadedModel,
	candidate: Candidate,
	{ byLength, whole }: Evidence,
): { sum: number; mean: number; masks: number } {
	const masks = candidate.pieces.length;
	const sum = modelLogProbability(candidate, byLength);
	const apart = { sum, mean: sum / masks, masks };
	if (whole === undefined || ngramHead === undefined) return apart;
	const ngram = ngramHead.byTokens.get(candidate.pieces.join());
	if (masks > 1 && ngram === undefined) return apart;
	const at = ngram === undefined ? candidate.pieces[0]! : config.vocabularySize + ngram;
	const together = Math.log(Math.max(whole[at]!, smallestProbability));
	return masks > 1 && apart.mean >= together ? apart : { sum: together, mean: together, masks: 1 };
}

/** The sum of the log-probabilities of a candidate's pieces with all of them masked. */
export function modelLogProbability(candidate: Candidate, byLength: readonly RowProbabilities[]): number {
	const rows = byLength[candidate.pieces.length - 1]!;
	return candidate.pieces.reduce((sum, id, at) => sum + Math.log(Math.max(rows[at]![id]!, smallestProbability)), 0);
}

/** What float32 softmax rounds to 0 is taken for this. */
const smallestProbability = 1e-30;
