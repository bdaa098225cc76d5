import { z } from "zod";
import { maskingSchema } from "../../../data/masking/config.ts";
import { attentionPrograms } from "../../../model/attention.ts";
import { modelSectionSchema } from "../../../model/config.ts";
import { packedDataSchema } from "./dataSection.ts";

const programs = Object.keys(attentionPrograms) as (keyof typeof attentionPrograms)[];

export const maskedLmObjective = z
	.strictObject({
		name: z.literal("maskedLm").describe("Masked tokens are predicted from those around them"),
		rows: z
			.enum(["masked", "all"])
			.describe("Where the head is computed: at the masked tokens alone, or at all of them for the same loss"),
		attention: z
			.enum(programs)
			.optional()
			.describe("What a token sees of its document: full (the default) or causal, what stands before it"),
	})
	.describe("Masked language modelling (Devlin et al. 2019, section 3.1)");

/** The sections of a recipe for masked language modelling, but for its phases. */
export const maskedLmSections = {
	data: packedDataSchema,
	masking: maskingSchema,
	model: modelSectionSchema,
	objective: maskedLmObjective,
} as const;
