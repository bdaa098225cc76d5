import type { RankingFeature } from "./ranking.ts";

/** The weight of each feature, and the score of "none of the candidates". */
export type RankingWeights = Readonly<Record<RankingFeature | "none", number>>;

export const rankingWeights: RankingWeights = {
	modelMean: 1,
	modelSum: 0,
	modelMeanKnown: -0.3,
	twoPieces: -0.5,
	threePieces: -1,
	morePieces: -1.5,
	chain: 0.3,
	between: 0.3,
	known: 0,
	count: 0.2,
	near: 0.2,
	distance: 0.3,
	samePrevious: 0.3,
	sameNext: 0.3,
	sameBoth: 0.5,
	samePreviousTwo: 0.5,
	alwaysPrevious: 0.5,
	alwaysNext: 0.5,
	inScope: 0.3,
	keyword: 0,
	word: 0,
	capital: 0,
	none: -6,
};
