import { z } from "zod";
import { maskingSchema } from "../../../data/masking/config.ts";
import { robertaSectionSchema } from "../../../model/config.ts";
import { dataSection } from "./dataSection.ts";

/** The sections of a recipe for GraphCodeBERT's pre-training. */
export const graphCodeBertSections = {
	data: z.strictObject(dataSection).describe("The rows: functions with their comment, code and variables"),
	masking: maskingSchema,
	// Variables take the position row that RoBERTa leaves unused before its text; with rotary positions they have none.
	model: robertaSectionSchema,
	objective: z
		.strictObject({
			name: z
				.literal("graphCodeBert")
				.describe("Masked language modelling, edge prediction and node alignment (Guo et al. 2021, section 4.3)"),
			nodes: z
				.int()
				.min(1)
				.describe("The last positions of a row, one for each variable; data.sequenceLength counts them (section 4.1)"),
			commentTokens: z.int().min(0).describe("Tokens of a row that the comment may take, at most"),
			attention: z
				.enum(["graph", "full", "none"])
				.describe(
					"What code and variables see: graph, as the data flow says (section 4.2); full, everything; none, without variables",
				),
			edgeShare: z.number().gt(0).max(1).describe("The share of the variables whose edges are predicted (section 4.3)"),
			alignmentShare: z.number().gt(0).max(1).describe("The share of the variables that are aligned (section 4.3)"),
			edgeWeight: z
				.number()
				.min(0)
				.describe("What edge prediction counts beside masked language modelling; 0 leaves it out"),
			alignmentWeight: z
				.number()
				.min(0)
				.describe("What node alignment counts beside masked language modelling; 0 leaves it out"),
			turns: z
				.enum(["alternate", "together"])
				.describe("Whether the two tasks on the structure take turns by steps (appendix A) or stand in every step"),
		})
		.describe("GraphCodeBERT's pre-training (Guo et al. 2021)"),
} as const;

type Sections = { [Name in keyof typeof graphCodeBertSections]: z.infer<(typeof graphCodeBertSections)[Name]> };

/** Variables and comment must leave a row room for code. */
export function graphCodeBertContradiction({ objective, data }: Sections): string | undefined {
	if (objective.nodes + objective.commentTokens + 16 <= data.sequenceLength) return undefined;
	return `objective.nodes (${objective.nodes}) and objective.commentTokens (${objective.commentTokens}) leave fewer than 16 of data.sequenceLength (${data.sequenceLength}) to the code.`;
}
