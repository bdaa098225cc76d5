import { z } from "zod";
import { budgetSchema } from "./budget.ts";

/** What tokens a recipe reads a corpus as. */
export const tokenizerSectionSchema = z
	.strictObject({
		// 256 bytes and five special tokens: a few bytes of text support no merge
		vocabularySize: z
			.int()
			.min(261)
			.max(1_000_000)
			.describe("Tokens of the byte-level BPE (Sennrich et al. 2016), its 256 bytes and special tokens counted"),
		exactSize: z
			.boolean()
			.optional()
			.describe(
				"Whether a corpus that supports fewer tokens is refused: so where a call or a recipe file names vocabularySize; else it gets as many as it supports",
			),
		minFrequency: z.int().min(1).describe("A pair of tokens must stand so often in the corpus to be merged"),
		acrossLines: z.boolean().describe("Whether a token may hold a line break with what stands around it"),
		alphabet: z
			.string()
			.min(2)
			.optional()
			.describe("each of these characters is a piece, and nothing else is: the other settings are unused"),
	})
	.describe("The tokenizer that is trained on the corpus; a run that goes on from a model has that model's");

/** The optimizer steps of a recipe. */
export const trainSectionSchema = z
	.strictObject({
		batchTokens: z
			.int()
			.min(8)
			.describe("Tokens of one optimizer step, padding counted; a multiple of data.sequenceLength"),
		microBatchTokens: z
			.int()
			.min(8)
			.optional()
			.describe("Tokens that are in memory at a time: gradients are summed over the parts of a batch; all by default"),
		learningRate: z.number().positive().describe("The peak of the learning rate; the schedule scales it"),
		clipNorm: z
			.number()
			.positive()
			.describe("Gradients with a larger global norm are scaled down to it (Pascanu et al. 2013)"),
		seed: z
			.int()
			.min(0)
			.max(2 ** 53 - 1)
			.describe("Of the first weights, the order of the rows and all that is drawn"),
		budget: budgetSchema,
	})
	.describe("How a run trains, and how long");

/** The scores of a run on held-out documents. */
export const evaluationSectionSchema = z
	.strictObject({
		everySteps: z.int().min(1).describe("Optimizer steps between two scores on held-out documents"),
		rows: z.int().min(1).describe("Held-out rows that are scored during the run, at most"),
		finalRows: z.int().min(1).describe("Held-out rows that are scored at its end, at most"),
		patience: z
			.int()
			.min(1)
			.nullable()
			.describe("So many scores without a lower loss end the run, which keeps the best weights; null never does"),
	})
	.describe("Scores on documents that were held out: 15% of their tokens masked, the same for every recipe");

/** What a run leaves to go on from. */
export const checkpointSectionSchema = z
	.strictObject({
		everySteps: z.int().min(1).describe("Optimizer steps between two checkpoints"),
		keep: z.int().min(1).describe("So many of the newest are kept"),
	})
	.describe("What a run can go on from");
