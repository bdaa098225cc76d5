import { z } from "zod";

/** What the ranking looks at, by name; the score of a candidate is the weighted sum. */
export const rankingFeatures = [
	"modelMean", // mean log-probability of the pieces, each predicted with all of them masked
	"modelSum", // their sum
	"modelMeanKnown", // the mean again for words of the text: the model knows them less well than the text does
	"twoPieces", // whether it has this many
	"threePieces",
	"morePieces",
	"chain", // log-probability by the bigrams of the training text, both neighbours included
	"between", // log(1 + n) for n times between the same neighbours in the training text
	"known", // whether the text has the word
	"count", // log(1 + n) for n times in the text
	"near", // the same near the mask
	"distance", // -log(lexemes to the nearest)
	"samePrevious", // log(1 + n) for n times behind the lexeme that stands before the mask
	"sameNext",
	"sameBoth",
	"samePreviousTwo",
	"alwaysPrevious", // the share of the word's uses that stand behind that lexeme
	"alwaysNext",
	"inScope", // see `NameUse`
	"keyword",
	"word", // letters, digits and underscores, but no keyword
	"capital", // begins with a capital letter
] as const;

/** Those that count words of the text or of the training text, and no more: what a cache knows. */
export const cacheFeatures: ReadonlySet<RankingFeature | "none"> = new Set([
	"twoPieces",
	"threePieces",
	"morePieces",
	"chain",
	"between",
	"known",
	"count",
	"near",
	"distance",
	"samePrevious",
	"sameNext",
	"sameBoth",
	"samePreviousTwo",
	"alwaysPrevious",
	"alwaysNext",
	"none",
]);

export type RankingFeature = (typeof rankingFeatures)[number];

/** The weight of each feature, and the score of "none of the candidates". */
export type RankingWeights = Readonly<Record<RankingFeature | "none", number>>;

/**
 * The weights that a model brings along, as `ranking` in its `maskwright.json`; undefined where it has none, or those of
 * other features than this version has.
 */
export function ownRankingWeights(about: Readonly<Record<string, unknown>> | undefined): RankingWeights | undefined {
	return rankingWeightsSchema.safeParse(about?.["ranking"]).data;
}

const rankingWeightsSchema = z.record(z.enum([...rankingFeatures, "none"]), z.number());

/**
 * Fitted by `bench/fitRanking.ts`: multinomial logistic regression over the candidates of 1,050 held-out sites of a
 * Python, a JavaScript and a Java workspace, five names to two keywords or marks, with a ridge of 0.01. Weights fitted
 * on two of the workspaces and judged on the third beat the model alone and the cache alone on each (bench/README.md).
 */
export const rankingWeights: RankingWeights = {
	modelMean: 0.694,
	modelSum: -0.082,
	modelMeanKnown: -0.385,
	twoPieces: 0.173,
	threePieces: 0.344,
	morePieces: 0.23,
	chain: 0.211,
	between: 0.085,
	known: 0.825,
	count: -0.455,
	near: 0.917,
	distance: 0.244,
	samePrevious: -0.035,
	sameNext: 0.443,
	sameBoth: 0.419,
	samePreviousTwo: 1.094,
	alwaysPrevious: 0.656,
	alwaysNext: 0.55,
	inScope: 0.115,
	keyword: -1.926,
	word: -0.75,
	capital: -0.132,
	none: -1.727,
};

/**
 * Of the cache alone, fitted in the same way on the same sites, over what the text and the n-gram counts propose. What a
 * cache does not know weighs nothing.
 */
export const cacheWeights: RankingWeights = {
	modelMean: 0,
	modelSum: 0,
	modelMeanKnown: 0,
	twoPieces: 1.022,
	threePieces: 1.437,
	morePieces: 1.456,
	chain: 0.269,
	between: 0.168,
	known: 0.963,
	count: -0.525,
	near: 1.142,
	distance: 0.225,
	samePrevious: -0.044,
	sameNext: 0.54,
	sameBoth: 0.446,
	samePreviousTwo: 1.144,
	alwaysPrevious: 0.685,
	alwaysNext: 0.57,
	inScope: 0,
	keyword: 0,
	word: 0,
	capital: 0,
	none: 0.203,
};
