import { z } from "zod";
import { modelSectionSchema } from "../../../model/config.ts";
import { packedDataSchema } from "./dataSection.ts";

export const causalLmObjective = z
	.strictObject({
		name: z.literal("causalLm").describe("Every token is predicted from those before it"),
		share: z
			.number()
			.gt(0)
			.max(1)
			.default(1)
			.describe("The share of the tokens of a row whose next token is predicted; 1 predicts behind each of them"),
		attention: z
			.enum(["causal"])
			.default("causal")
			.describe("What a token sees of its document: itself and what stands before it"),
	})
	.describe("Causal language modelling: the next token is predicted");

/** The sections of a recipe for causal language modelling. */
export const causalLmSections = {
	data: packedDataSchema,
	model: modelSectionSchema,
	objective: causalLmObjective,
} as const;
