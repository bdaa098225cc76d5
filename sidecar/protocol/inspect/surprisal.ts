import * as z from "zod";
import { count, expected, inspected, span } from "./parts.ts";

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

export const surprisalParams = z.object({
	...inspected,
	ranges: z.array(z.object(span)).default([]).describe("What to score first, such as the visible lines"),
	from: count.default(0).describe("`next` of the page before"),
	milliseconds: z.number().positive().max(60_000).default(500).describe("The page ends after the batch that passes it"),
});
