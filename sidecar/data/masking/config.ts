import { z } from "zod";
import { type SpanClass, spanClasses } from "../../syntax/namedSpans.ts";
import { annotatorsSchema } from "./annotatorConfig.ts";
import { type MarkClass, markClasses, regionNames } from "./tokenMark.ts";

const weight = z.number().positive().default(1).describe("share of the masked tokens relative to the other strategies");

const classWeights = Object.fromEntries(
	spanClasses.map((spanClass) => [
		spanClass,
		z.number().positive().optional().describe("weight of spans of this class"),
	]),
) as Record<SpanClass, z.ZodOptional<z.ZodNumber>>;

/** How often a span of a class is chosen. */
const classRates = Object.fromEntries(
	markClasses.map((spanClass) => [
		spanClass,
		z.number().min(0).max(1).optional().describe("share of the spans of this class that are chosen"),
	]),
) as Record<MarkClass, z.ZodOptional<z.ZodNumber>>;

/** One strategy with its weight and its own settings; the names are the rows of `strategies.ts`. */
const strategySchema = z.discriminatedUnion("name", [
	z.strictObject({ name: z.literal("random").describe("single tokens (Devlin et al. 2019, section 3.1)"), weight }),
	z.strictObject({ name: z.literal("wholeWord").describe("all pieces of a word together"), weight }),
	z.strictObject({
		name: z.literal("span").describe("runs of words (Joshi et al. 2020, SpanBERT, section 3.1)"),
		weight,
		// SpanBERT section 3.1: lengths in words from Geo(0.2), at most 10, which makes 3.8 words on average.
		probability: z.number().gt(0).lt(1).default(0.2).describe("parameter of the geometric distribution"),
		maximum: z.int().min(1).max(100).default(10).describe("longest span in words"),
	}),
	z.strictObject({
		name: z.literal("suffix").describe("the end of a document, and spans elsewhere"),
		weight,
		shortest: z.int().min(1).max(512).default(1).describe("fewest tokens at the end of a document's part of a row"),
		longest: z.int().min(1).max(512).default(8).describe("most tokens there; how many is drawn evenly"),
		// What the rate leaves over is masked in spans, as T5's span corruption, which SAP's models learned (section 2).
		probability: z.number().gt(0).lt(1).default(0.33).describe("of the spans elsewhere, as `span`: some 3 words"),
		maximum: z.int().min(1).max(100).default(10).describe("longest span elsewhere in words"),
	}),
	z.strictObject({ name: z.literal("identifier").describe("all pieces of an identifier together"), weight }),
	z.strictObject({
		name: z.literal("syntax").describe("spans of the grammar, or as the annotators tag them"),
		weight,
		classes: z
			.strictObject(classWeights)
			.refine((classes) => Object.keys(classes).length > 0, { message: "name at least one class" })
			.default({ identifier: 1, call: 1, type: 1 })
			.describe("which spans, and how much likelier a span of a class is drawn than one of weight 1"),
		tokens: z.enum(["all", "one"]).default("all").describe("all tokens of a span together, or one of them"),
		longest: z.int().min(1).max(512).default(16).describe("a longer span is masked in parts of so many tokens"),
	}),
	z.strictObject({
		name: z.literal("dataflow").describe("variables that values flow between"),
		weight,
		ends: z
			.enum(["both", "uses"])
			.default("both")
			.describe("variables at both ends of data-flow edges, or those alone that get a value"),
	}),
	z.strictObject({
		name: z.literal("region").describe("a region of a record, whole, such as the second part of a pair"),
		weight,
		region: z
			.enum(regionNames)
			.describe("every token of this region of a record, whatever the rate: PepMLM's binder, an instruction's answer"),
		tokens: z
			.enum(["all", "one"])
			.default("all")
			.describe("any number of tokens, or exactly one (Answer Token Prediction): a record with more is refused"),
	}),
	z.strictObject({
		name: z.literal("entity"),
		weight: z.number().positive().default(1).describe("unused: the strategy decides its own count"),
		// Linguistic Entity Masking, section 3: named entities, nouns and verbs. The rates were searched there and are in
		// neither the paper's repository nor its abstract: an interpretation. In code, what is called and types are named
		// like entities, and with these rates some 13% of the tokens of TypeScript are chosen.
		rates: z
			.strictObject(classRates)
			.refine((rates) => Object.values(rates).some((rate) => rate !== undefined && rate > 0), {
				message: "name at least one class with a rate above 0",
			})
			.default({ namedEntity: 1, noun: 0.15, verb: 0.15, call: 1, type: 1, identifier: 0.5, parameter: 0.5 })
			.describe("the share of the spans of each class that are chosen, each span on its own"),
		tokens: z
			.enum(["one", "all"])
			.default("one")
			.describe("one token of a chosen span, so that the rest of it is seen (the paper), or all (its ablation)"),
		most: z
			.number()
			.gt(0)
			.max(1)
			.default(0.3)
			.describe("no more of the tokens of a row: what a batch has room for; beyond it spans are left out at random"),
	}),
	z.strictObject({
		name: z.literal("ngram"),
		weight,
		// Xiao et al. 2021 (ERNIE-Gram) take 200,000 and 100,000 from 16 GB of English.
		bigrams: z.int().min(0).max(100_000).default(1334).describe("n-grams of two tokens in the lexicon, at most"),
		trigrams: z.int().min(0).max(100_000).default(666).describe("n-grams of three tokens in the lexicon, at most"),
		criticalValue: z
			.number()
			.min(0)
			.default(2.576)
			.describe("t-statistic that an n-gram must pass; 2.576 is a significance of 0.005"),
	}),
]);

/** What becomes of a chosen token: the mask token, a random ordinary token, or itself. Shares sum to 1. */
const replacementSchema = z
	.strictObject({
		mask: z.number().min(0).max(1).describe("share that becomes the mask token"),
		random: z.number().min(0).max(1).describe("share that becomes a random ordinary token"),
		keep: z.number().min(0).max(1).describe("share that stays as it is"),
	})
	.refine((policy) => Math.abs(policy.mask + policy.random + policy.keep - 1) < 1e-6, {
		message: "mask, random and keep must sum to 1",
	});

/** How the tokens of one row are chosen and replaced. */
const rowMasking = {
	strategies: z
		.array(strategySchema)
		.min(1)
		.default([{ name: "random", weight: 1 }])
		.describe("who chooses the tokens; several share them by weight"),
	rate: z
		.number()
		.gt(0)
		.lt(1)
		.default(0.15)
		.describe("share of the ordinary tokens of a row that are chosen; a region is chosen whole beside it"),
	// BERT section 3.1.
	replacement: replacementSchema
		.default({ mask: 0.8, random: 0.1, keep: 0.1 })
		.describe("what becomes of a chosen token; the shares sum to 1 (Devlin et al. 2019, section 3.1)"),
};

const otherRowsSchema = z.strictObject({
	share: z.number().gt(0).max(1).describe("of the rows; which ones is drawn anew every epoch"),
	...rowMasking,
	targets: z
		.enum(["originals", "inputs"])
		.default("originals")
		.describe(
			"what is to be predicted: the tokens that stood there, or what the model sees there, which is the dummy objective of ModernBERT-Instruct's released code",
		),
});

/** The masking part of a recipe. */
export const maskingSchema = z
	.strictObject({
		annotators: annotatorsSchema.optional(),
		...rowMasking,
		otherRows: z
			.array(otherRowsSchema)
			.refine((others) => others.reduce((sum, { share }) => sum + share, 0) <= 1 + 1e-9, {
				message: "the shares must not sum to more than 1",
			})
			.optional()
			.describe("a mixture by row: shares of the rows that are masked in another way"),
	})
	.describe("Which tokens are masked, and what stands in their place");

export type Masking = z.infer<typeof maskingSchema>;
/** What holds for one row of a mixture by row. */
export type RowMasking = Omit<Masking, "otherRows" | "annotators"> & {
	readonly targets?: z.infer<typeof otherRowsSchema>["targets"];
};
export type StrategyConfig = z.infer<typeof strategySchema>;
export type StrategyName = StrategyConfig["name"];
export type NgramConfig = Extract<StrategyConfig, { name: "ngram" }>;
export type ReplacementPolicy = z.infer<typeof replacementSchema>;

/** Every way in which a row may be masked. */
export function rowMaskings(masking: Masking): readonly RowMasking[] {
	return [masking, ...(masking.otherRows ?? [])];
}

/** The strategies of all rows. */
export function strategiesOf(masking: Masking): readonly StrategyConfig[] {
	return rowMaskings(masking).flatMap(({ strategies }) => strategies);
}

const readsMarks: ReadonlySet<StrategyName> = new Set(["syntax", "dataflow", "region", "entity"]);

/** Whether a masking reads what each token is in the grammar or in its record (`tokenMark`). */
export function needsMarks(masking: Masking): boolean {
	return strategiesOf(masking).some(({ name }) => readsMarks.has(name));
}

/** The settings of the lexicon of n-grams that a masking reads, if it reads one. */
export function ngramConfig(masking: Masking): NgramConfig | undefined {
	return strategiesOf(masking).find((strategy) => strategy.name === "ngram");
}

/** The measure of `heldOut`, the same for every recipe: 15% of tokens at random, all replaced by the mask token. */
export const evaluationMasking: Masking = {
	strategies: [{ name: "random", weight: 1 }],
	rate: 0.15,
	replacement: { mask: 1, random: 0, keep: 0 },
};

/** The seed of the evaluation masks, fixed so that the scores of different runs compare. */
export const evaluationSeed = 20_260_101;
