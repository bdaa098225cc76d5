import * as z from "zod";
import { rankScoresSchema, searchScoresSchema } from "./search.ts";

const share = z.number().min(0).max(1);

/** Null when the held-out documents have nothing of the kind. */
const measuredShare = share.nullable();

/**
 * Scores on the documents that were held out by content hash before training: 15% of their tokens, chosen by a
 * fixed evaluation seed, all replaced by the mask token. The same measure for every recipe.
 */
export const modelScoresSchema = z.object({
	loss: z.number().nullable().describe("Mean cross-entropy of the masked tokens, in nats"),
	top1: measuredShare.describe("Share of the masked tokens predicted exactly"),
	top5: measuredShare.describe("Share whose token is among the first five"),
	identifierTop1: measuredShare.describe("Whole identifiers of one to six pieces, all pieces right"),
	identifierTop5: measuredShare,
	pseudoPerplexity: z.number().nullable().describe("exp(loss)"),
	tokens: z.number().int().nonnegative().describe("Masked tokens that were scored"),
	wordTop1: measuredShare.describe("Only the masked pieces that are letters or digits"),
	wordTop5: measuredShare,
});

/** The scores of a model, and what they are measured against. */
export const heldOutSchema = modelScoresSchema
	.extend({
		before: modelScoresSchema
			.optional()
			.describe("Of the model that the run went on from, on the same tokens, before the first step"),
		causalLoss: z
			.number()
			.nullable()
			.optional()
			.describe("Causal language modelling: mean cross-entropy of the next token on the same rows, in nats"),
		edgeF1: measuredShare
			.optional()
			.describe("GraphCodeBERT: edges of the data flow told from as many pairs without one, on held-out functions"),
		alignmentF1: measuredShare
			.optional()
			.describe("GraphCodeBERT: the tokens that a variable was identified from, told from as many others"),
		region: z
			.object({
				loss: z.number().nullable().describe("Mean cross-entropy of its tokens, all of them masked, in nats"),
				top1: measuredShare.describe("Share of its tokens predicted exactly; of an instruction's answer the accuracy"),
				tokens: z.number().int().nonnegative(),
				records: z.number().int().nonnegative(),
			})
			.optional()
			.describe("Recipes that mask a region of each record, such as an answer: on held-out records"),
		search: z
			.object({
				asIs: searchScoresSchema,
				nameless: searchScoresSchema.describe("With the functions' names gone from their code"),
				fusionWeight: z
					.number()
					.describe("Of a vector's score beside that of BM25, tuned on held-out functions that were not scored"),
				before: z
					.object({ encoder: rankScoresSchema, hybrid: rankScoresSchema })
					.nullable()
					.describe("As is, before the first step; null where the run was resumed"),
			})
			.optional()
			.describe("Code search: documented functions of held-out files, found by their documentation"),
		detection: z
			.object({
				auroc: measuredShare.describe("How often a replaced token scores above one that was not"),
				accuracy: share.describe("At a probability of one half"),
				majority: share.describe("The accuracy of saying the same of all tokens"),
				threshold: share.describe("Of the tokens of held-out files as they are, 1 in 100 has a higher probability"),
				recall: measuredShare.describe("Share of the replaced tokens above the threshold"),
				generatorLoss: z.number().nullable().describe("Mean cross-entropy of the generator's masked tokens, in nats"),
				tokens: z.number().int().nonnegative().describe("Tokens that were judged, replaced or not"),
			})
			.optional()
			.describe("Replaced token detection: 15% of the held-out tokens chosen, draws of the generator in their place"),
		bitext: z
			.object({
				forward: share.describe("Share of the first texts whose own second text is the nearest, accuracy at 1"),
				backward: share.describe("The same from the second texts"),
				pairs: z.number().int().positive(),
			})
			.optional()
			.describe("Pairs: held-out pairs found among each other by the cosine of mean vectors"),
		baselines: z
			.object({
				unigramTop1: measuredShare,
				bigramTop1: measuredShare,
				cacheTop1: measuredShare.describe("A trigram of both neighbours with a cache of the window"),
				cacheTop5: measuredShare,
				cacheWordTop1: measuredShare,
			})
			.describe("Counted on the same training data, scored on the same masks"),
	})
	.describe("Scores on held-out documents; shares are between 0 and 1");

export type HeldOut = z.infer<typeof heldOutSchema>;
