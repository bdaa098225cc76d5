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

export type RankingFeature = (typeof rankingFeatures)[number];

/** The weight of each feature, and the score of "none of the candidates". */
export type RankingWeights = Readonly<Record<RankingFeature | "none", number>>;

/**
 * Fitted by `bench/fitRanking.ts`: multinomial logistic regression over the candidates of held-out sites, five names
 * to two keywords or marks, with a ridge of 0.01. The sites were 490 of one workspace (networkx, Python) under a weak
 * model (2 layers of 128, 0.6 M tokens, top-1 0.29), so the model's own weights are smaller than a better one deserves.
 */
export const rankingWeights: RankingWeights = {
	modelMean: 0.389,
	modelSum: -0.117,
	modelMeanKnown: -0.418,
	twoPieces: 0.117,
	threePieces: 0.15,
	morePieces: 0.494,
	chain: 0.297,
	between: 0.217,
	known: -0.637,
	count: -0.287,
	near: 0.468,
	distance: 0.237,
	samePrevious: 0.132,
	sameNext: 0.678,
	sameBoth: 0.626,
	samePreviousTwo: 1.601,
	alwaysPrevious: 0.145,
	alwaysNext: 0.426,
	inScope: 0.147,
	keyword: -1.511,
	word: -1.169,
	capital: -0.346,
	none: -1.283,
};
