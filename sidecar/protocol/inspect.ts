import * as z from "zod";

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

/** Where a token stands; both are UTF-16 code units of the text as given, a byte order mark counted. */
const span = { start: count.describe("UTF-16 code unit of the text as given"), end: count };

const expected = z.array(z.object({ text: z.string(), probability: share }));

/** What a model says of one token that it does not see, or sees changed. */
const predictionSchema = z.object({
	probability: share.describe("Of the true token"),
	loss: z.number().nonnegative().describe("Nats"),
	rank: z.number().int().positive().describe("Of the true token, from 1"),
	right: z.boolean().describe("Whether the true token is the likeliest"),
	expected: expected.describe("The likeliest tokens, best first"),
});

const maskActions = ["keep", "mask", "random", "same"] as const;

const maskedTokenSchema = z.object({
	...span,
	id: count.describe("Of the true token"),
	action: z
		.enum(maskActions)
		.describe("Not chosen; or chosen and replaced by the mask token, by a random one, or not at all"),
	strategy: z.string().nullable().describe("Who chose it; null for one that is kept"),
	spanClass: z
		.string()
		.nullable()
		.optional()
		.describe("Where the masking reads spans: the class of the one that it stands in, such as call or noun"),
	row: count.describe("Its row in the packing"),
	shown: z.string().nullable().describe("What the model sees in its place; null where that is the token itself"),
	joined: z
		.literal(true)
		.optional()
		.describe("It stands under the mask of the token before it: one mask hides the whole n-gram"),
	prediction: predictionSchema.optional(),
	compared: predictionSchema.optional().describe("Of the model to compare with"),
});

const variableSchema = z.object({
	...span,
	sources: z.array(count).describe("The variables of the function, by place, that its value comes from"),
	edgesHidden: z.boolean().describe("Drawn for edge prediction: the batch hides its edges"),
	linksHidden: z.boolean().describe("Drawn for node alignment: the batch hides which tokens it was identified from"),
});

const functionRowSchema = z.object({
	...span,
	symbol: z.string().nullable(),
	row: count.nullable().describe("Null where the run has no row for it: too short, met before, or not trained on"),
	commentTokens: count.describe("Tokens of its comment in the row"),
	cut: z.boolean().describe("Whether the row is too short for all of it"),
	variables: z.array(variableSchema),
});

const recordSchema = z.object({
	...span,
	name: z.string().describe("The file with the record's line or function"),
	line: z.number().int().positive().nullable().describe("Of the file, from 1, where the record begins"),
	row: count.nullable().describe("Its first row; null where the run has none: held out, or changed since"),
});

/** The objectives of recipes: what a report tells of. */
const inspectedObjectives = [
	"maskedLm",
	"graphCodeBert",
	"codeSearch",
	"causalLm",
	"replacedTokenDetection",
	"starbucks",
	"ernieGram",
] as const;

export const masksSchema = z
	.object({
		objective: z
			.enum(inspectedObjectives)
			.describe(
				"`graphCodeBert`: its rows are functions with their variables; `codeSearch` and `causalLm` mask nothing; of `replacedTokenDetection` the generator fills the masks; of `ernieGram` one mask may hide several tokens",
			),
		unread: z
			.string()
			.nullable()
			.describe("Why the recipe reads nothing of the file, and what to do, a sentence or two; null where it reads it"),
		records: z
			.object({
				text: z.string().describe("What the tokens stand in, in place of the file: the records as rows have them"),
				list: z.array(recordSchema).describe("In the order of the file"),
			})
			.nullable()
			.describe("Of a recipe that reads records or pairs: what it makes of the file"),
		causalShare: share.describe(
			"Of a run's budget: phases before these masks that mask nothing and predict each next token",
		),
		tokens: z.array(maskedTokenSchema),
		rate: share.nullable().describe("The share that is to be chosen; null where the strategies decide their own count"),
		recipe: z.string(),
		strategies: z.array(z.string()),
		replacement: z.object({ mask: share, random: share, keep: share }).describe("How the chosen are to be split"),
		seed: count,
		epoch: count,
		sequenceLength: count.describe("Tokens in a row of the packing"),
		placed: z
			.enum(["run", "alone"])
			.describe("`run`: the rows are those of the model's own run; `alone`: as if the text were the whole corpus"),
		counts: z.object({
			maskable: count,
			chosen: count,
			mask: count,
			random: count,
			same: count,
			strategies: z.record(z.string(), count),
			classes: z
				.record(z.string(), count)
				.optional()
				.describe("Where the masking reads spans: the chosen tokens by the class of their span"),
		}),
		models: z
			.array(z.object({ model: z.string(), loss: z.number().nullable().describe("Mean over what is chosen, nats") }))
			.describe("Those whose predictions are told: none, the model, or it and the one to compare with"),
		repeated: count.describe("Tokens that the last row repeats, which are told as the row before it has them"),
		functions: z.array(functionRowSchema).nullable().describe("The rows of GraphCodeBERT, in the order of the file"),
	})
	.describe("maskwright masks: what a run of a recipe masks in a file");

export type MasksReport = z.infer<typeof masksSchema>;
export type FunctionRow = z.infer<typeof functionRowSchema>;
export type MaskedToken = z.infer<typeof maskedTokenSchema>;
export type TokenPrediction = z.infer<typeof predictionSchema>;

const surprisalTokenSchema = z.object({
	...span,
	text: z.string(),
	surprisal: z.number().nonnegative().describe("-log2 of its probability when it alone is masked: bits, 126 at most"),
	rank: z.number().int().positive().describe("Of the true token among the vocabulary, from 1"),
	expected: expected.describe("The five likeliest tokens, best first"),
});

const lineSurprisalsSchema = z
	.array(z.object({ line: z.number().int().positive(), surprisal: z.number().describe("Mean of its tokens, bits") }))
	.describe("Least natural first; lines without tokens are left out");

const pseudoPerplexity = z
	.number()
	.nullable()
	.describe("2 to the mean surprisal of all tokens (Salazar et al. 2020); null where there are none");

export const surprisalSchema = z
	.object({
		tokens: z.array(surprisalTokenSchema),
		pseudoPerplexity,
		lines: lineSurprisalsSchema,
		unit: z.literal("bits"),
		model: z.string(),
	})
	.describe("maskwright surprisal: how unlikely a model finds each token of a file");

export type SurprisalReport = z.infer<typeof surprisalSchema>;
export type SurprisalToken = z.infer<typeof surprisalTokenSchema>;

/** A part of a surprisal: the next tokens in the order asked for. */
export const surprisalPageSchema = z.object({
	tokens: z.array(surprisalTokenSchema.extend({ index: count.describe("Its place among the tokens of the text") })),
	total: count.describe("Tokens of the text"),
	next: count.nullable().describe("Where to ask on; null at the end"),
	pseudoPerplexity: pseudoPerplexity.describe("With the last page; null before"),
	lines: lineSurprisalsSchema.nullable().describe("With the last page; null before"),
	model: z.string(),
});

export type SurprisalPage = z.infer<typeof surprisalPageSchema>;

export const suspicionSchema = z
	.object({
		tokens: z
			.array(
				z.object({
					...span,
					text: z.string(),
					line: z.number().int().positive().describe("From 1"),
					probability: share.describe("That another token stood there"),
				}),
			)
			.describe("Those above the threshold, most suspicious first; tokens of blanks alone are left out"),
		lines: z
			.array(
				z.object({
					line: z.number().int().positive().describe("From 1"),
					probability: share.describe("Of its most suspicious token"),
					tokens: count.describe("Suspicious tokens in it"),
				}),
			)
			.describe("Most suspicious first"),
		threshold: share,
		judged: count.describe("Tokens that the model looked at"),
		model: z.string(),
	})
	.describe("maskwright suspicious: the tokens of a file that look replaced");

export type SuspicionReport = z.infer<typeof suspicionSchema>;

const attentionTokenSchema = z.object({
	...span,
	text: z.string(),
	special: z.boolean().describe("Put there by the tokenizer, such as [CLS]"),
	syntaxClass: z
		.enum(["identifier", "call", "type", "parameter", "string", "number", "comment", "keyword", "operator"])
		.nullable()
		.describe("What it is in the grammar of the file; null for brackets and separators, and without a grammar"),
});

const headShareSchema = z.object({
	layer: count,
	head: count,
	share: share.describe("Of the attention of tokens that an edge leaves, what goes along the edges"),
	chance: share.describe("What would, if each looked at all that it can see alike"),
	lift: z.number().nullable().describe("share / chance; null where no edge can be seen"),
});

const dataflowAttentionSchema = z.object({
	language: z.string(),
	edges: z
		.array(
			z.object({
				from: z.object(span).describe("The use: the value there"),
				to: z.object(span).describe("comes from there"),
				relation: z.enum(["comesFrom", "computedFrom"]),
				name: z.string(),
			}),
		)
		.describe("The edges whose ends both lie in the selection"),
	toSource: z.array(headShareSchema).describe("Attention of uses to their sources; largest lift first"),
	fromSource: z.array(headShareSchema).describe("Attention of sources to their uses; largest lift first"),
});

export type DataflowAttention = z.infer<typeof dataflowAttentionSchema>;
export type HeadShare = z.infer<typeof headShareSchema>;

const attentionShape = {
	tokens: z.array(attentionTokenSchema),
	model: z.string(),
	layerCount: count,
	headCount: count,
	windows: z
		.array(count.nullable())
		.describe("By layer: how many tokens to either side it sees; null for all of the row"),
	dataflow: dataflowAttentionSchema.nullable(),
	noDataflow: z.string().nullable().describe("Why there is no data flow"),
};

export const attentionSchema = z
	.object({
		...attentionShape,
		layers: z
			.array(z.array(z.array(z.array(share))))
			.describe("[layer][head][query][key]; rows sum to 1. With --layer or --head only what they name"),
		firstLayer: count.describe("Number of the first layer told, from 0 as in the names of the model's tensors"),
		firstHead: count,
		rollout: z.array(z.array(share)).nullable().describe("[query][key] up to the last layer told; null unless asked"),
	})
	.describe("maskwright attention: where each head of a model looks");

export type AttentionReport = z.infer<typeof attentionSchema>;
export type AttentionToken = z.infer<typeof attentionTokenSchema>;

const bytes = z.string().describe("Base64 of one byte q for each probability p = (q/255)^2, row by row");

/** Tokens of a row by their indices. */
const tokenSpan = z.object({ start: count, end: count });

/** The part of a matrix that was asked for. */
const matrixPart = {
	queries: tokenSpan,
	keys: tokenSpan,
	cell: z.number().int().positive().describe("Tokens to a side of a cell, which has its largest probability"),
	bytes: bytes.describe("[cells of the queries][cells of the keys]"),
	strongest: z
		.object({
			count: count.describe("Of each query"),
			keys: z.string().describe("Base64 of little-endian 16-bit numbers [query][count], strongest first"),
			bytes: bytes.describe("[query][count]"),
		})
		.nullable()
		.describe("Of every query of the row, whatever part was asked for; null unless asked"),
};

/** What a panel draws: only the matrices that it asked for. */
export const attentionViewSchema = z.object({
	...attentionShape,
	matrices: z.array(z.object({ layer: count, head: count, ...matrixPart })),
	rollouts: z.array(z.object({ layer: count, ...matrixPart })),
	thumbnails: z
		.object({
			size: count.describe("Cells in a row"),
			tokensPerCell: count,
			bytes: bytes.describe("[layer][head][cell][cell], the largest probability of each cell"),
		})
		.nullable(),
});

export type AttentionView = z.infer<typeof attentionViewSchema>;

export const saliencySchema = z
	.object({
		tokens: z.array(attentionTokenSchema),
		model: z.string(),
		position: count.describe("Index of the token that is masked and predicted"),
		target: z.object({ id: count, text: z.string(), probability: share }),
		expected,
		inputTimesGradient: z.array(z.number()).describe("By token, nats"),
		integratedGradients: z.array(z.number()).describe("By token, nats; they sum to `difference`"),
		difference: z
			.number()
			.describe("log p of the target in the text, less that with every other token masked (the baseline): nats"),
		missing: z.number().describe("The share of `difference` by which the sum misses it: completeness"),
		points: count.describe("Of the quadrature"),
	})
	.describe("What a prediction is owed to, token by token");

export type SaliencyReport = z.infer<typeof saliencySchema>;

const range = z.object(span).optional().describe("The part of the text that is meant; by default all of it");
const inspected = { text: z.string(), range, model: z.string().optional().describe("By default the model in use") };

export const masksParams = z.object({
	...inspected,
	path: z.string().optional().describe("Of the file; its end tells the language, for masking by syntax"),
	recipe: z.string().optional().describe("Name or file; by default that of the model's run"),
	strategy: z.string().optional().describe("One strategy in place of the recipe's"),
	rate: z.number().gt(0).lt(1).optional(),
	seed: count.optional().describe("By default the recipe's"),
	epoch: count.default(0),
	predict: z.boolean().default(false).describe("Whether the model is asked for what it expects"),
	compare: z.string().optional().describe("Another model with the same tokenizer"),
	top: z.number().int().min(1).max(50).default(5),
});

export const surprisalParams = z.object({
	...inspected,
	ranges: z.array(z.object(span)).default([]).describe("What to score first, such as the visible lines"),
	from: count.default(0).describe("`next` of the page before"),
	milliseconds: z.number().positive().max(60_000).default(500).describe("The page ends after the batch that passes it"),
});

export const suspicionParams = z.object({
	...inspected,
	threshold: share.optional().describe("By default the model's own: 1 in 100 tokens of held-out files exceeds it"),
});

const around = count
	.optional()
	.describe("Where the part has more tokens than the model sees: the UTF-16 code unit around which they are taken");

export const attentionParams = z.object({
	...inspected,
	path: z.string().optional().describe("Of the file; its end tells the language, for the data flow"),
	matrices: z.array(z.object({ layer: count, head: count })).default([]),
	rollouts: z.array(count).default([]).describe("Layers up to which attention is rolled out"),
	thumbnails: z.boolean().default(false),
	dataflow: z.boolean().default(false),
	around,
	queries: tokenSpan.optional().describe("The rows of matrices and rollouts that are told; by default all"),
	keys: tokenSpan.optional(),
	cell: z.number().int().min(1).max(64).default(1).describe("Tokens to a side of a cell of matrices and rollouts"),
	strongest: z.number().int().min(0).max(64).default(0).describe("Keys of each query that are told one by one"),
});

export const saliencyParams = z.object({
	...inspected,
	path: z.string().optional().describe("Of the file; its end tells the language, for the classes of tokens"),
	around,
	at: count.describe("A UTF-16 code unit of the token that is masked and predicted"),
	target: count.optional().describe("The id that is explained; by default the true token's"),
});

export type MasksParams = z.infer<typeof masksParams>;
export type AttentionParams = z.infer<typeof attentionParams>;
export type SaliencyParams = z.infer<typeof saliencyParams>;
