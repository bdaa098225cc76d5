import { z } from "zod";
import { modelSectionSchema } from "../../../model/config.ts";
import { sizeContradiction } from "../../../model/subModels.ts";
import { dataSection } from "./dataSection.ts";
import { sizesSchema } from "./sizes.ts";

/** The sections of a recipe for contrastive training for search. */
export const codeSearchSections = {
	data: z
		.strictObject({
			...dataSection,
			queryTokens: z.int().min(3).max(8192).describe("Tokens of a query; longer ones are cut"),
		})
		.describe("sequenceLength is that of code; a batch has train.batchTokens / sequenceLength pairs"),
	model: modelSectionSchema,
	objective: z
		.strictObject({
			name: z.literal("codeSearch").describe("Contrastive training for search (van den Oord et al. 2018, InfoNCE)"),
			text: z.enum(["source", "words"]).describe("What the tokenizer reads: the source, or its words by their stems"), // the tokenizer room's `TextView`
			pooling: z
				.enum(["mean", "first", "weighted"])
				.describe("How tokens become one vector: their mean, the first of them, or with weights that are learned"), // the model room's `Pooling`
			repeatDamping: z
				.number()
				.nonnegative()
				.describe(
					"How much less a token counts each time that it comes again in a row: the n-th n to the power of minus this",
				),
			temperature: z.number().positive().describe("What cosines are divided by in the loss"),
			shares: z
				.strictObject({
					name: z.number().min(0).max(1).describe("Names of functions that ask for their code"),
					comment: z.number().min(0).max(1).describe("Comments that ask for the lines about them"),
					message: z.number().min(0).max(1).describe("Messages, such as of errors, that ask for the code around them"),
					code: z.number().min(0).max(1).default(0).describe("Lines of a function that ask for the rest of it"),
				})
				.describe("The share of the pairs of each kind that an epoch takes, beside all documented functions"),
			togetherOfFile: z.int().min(1).describe("So many pairs of a file, at most, stand together in a batch"),
			hardNegatives: z
				.strictObject({
					lexical: z.int().min(0).max(64).describe("Ranked high by BM25"),
					model: z.int().min(0).max(64).describe("Ranked high by the model that is trained on from"),
				})
				.default({ lexical: 0, model: 0 })
				.describe(
					"For each documented function so many others, at most, stand in its batch, which are ranked high for its documentation",
				),
			smallerSizes: sizesSchema
				.default([])
				.describe(
					"Sub-models that are to serve beside the whole encoder, as [layers, units] or as units of all layers; every step trains all of them (Starbucks, section 3.1; Kusupati et al. 2022, section 3)",
				),
			distillation: z
				.number()
				.min(0)
				.default(0.3)
				.describe(
					"What the divergence of each smaller vector from the first units of the whole one counts beside its contrastive loss (Starbucks, section 3.1)",
				),
			namelessShare: z.number().min(0).max(1).describe("How often a documented function stands without its name"),
		})
		.describe("Training an encoder for search"),
} as const;

type Sections = { [Name in keyof typeof codeSearchSections]: z.infer<(typeof codeSearchSections)[Name]> };

/** Sub-models are parts of the model, and a bag of words has no first token. */
export function codeSearchContradiction({ objective, model }: Sections): string | undefined {
	if (model.layers === 0 && objective.pooling === "first") {
		return "objective.pooling can't be first without layers: the first token would know nothing of the others.";
	}
	return sizeContradiction(model, objective.smallerSizes, "objective.smallerSizes");
}
