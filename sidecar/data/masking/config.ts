import { z } from "zod";

const weight = z.number().positive().default(1).describe("share of the masked tokens relative to the other strategies");

/** One strategy with its weight and its own settings; the names are the rows of `strategies.ts`. */
const strategySchema = z.discriminatedUnion("name", [
	z.strictObject({ name: z.literal("random"), weight }),
	z.strictObject({ name: z.literal("wholeWord"), weight }),
	z.strictObject({
		name: z.literal("span"),
		weight,
		// SpanBERT section 3.1: lengths in words from Geo(0.2), at most 10, which makes 3.8 words on average.
		probability: z.number().gt(0).lt(1).default(0.2).describe("parameter of the geometric distribution"),
		maximum: z.int().min(1).max(100).default(10).describe("longest span in words"),
	}),
	z.strictObject({ name: z.literal("identifier"), weight }),
]);

/** What becomes of a chosen token: the mask token, a random ordinary token, or itself. Shares sum to 1. */
const replacementSchema = z
	.strictObject({
		mask: z.number().min(0).max(1),
		random: z.number().min(0).max(1),
		keep: z.number().min(0).max(1),
	})
	.refine((policy) => Math.abs(policy.mask + policy.random + policy.keep - 1) < 1e-6, {
		message: "mask, random and keep must sum to 1",
	});

/** The masking part of a recipe. */
export const maskingSchema = z.strictObject({
	strategies: z
		.array(strategySchema)
		.min(1)
		.default([{ name: "random", weight: 1 }]),
	rate: z.number().gt(0).lt(1).default(0.15).describe("share of the ordinary tokens of a row that are chosen"),
	// BERT section 3.1.
	replacement: replacementSchema.default({ mask: 0.8, random: 0.1, keep: 0.1 }),
});

export type Masking = z.infer<typeof maskingSchema>;
export type StrategyConfig = z.infer<typeof strategySchema>;
export type StrategyName = StrategyConfig["name"];
export type ReplacementPolicy = z.infer<typeof replacementSchema>;

/** The measure of `heldOut`, the same for every recipe: 15% of tokens at random, all replaced by the mask token. */
export const evaluationMasking: Masking = {
	strategies: [{ name: "random", weight: 1 }],
	rate: 0.15,
	replacement: { mask: 1, random: 0, keep: 0 },
};

/** The seed of the evaluation masks, fixed so that the scores of different runs compare. */
export const evaluationSeed = 20_260_101;
