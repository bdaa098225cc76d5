import * as z from "zod";
import { count, expected, inspected, share, span } from "./parts.ts";

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

export type MasksParams = z.infer<typeof masksParams>;
