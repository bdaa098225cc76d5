import { z } from "zod";
import { maskingSchema } from "../../../data/masking/config.ts";
import { modelSectionSchema } from "../../../model/config.ts";
import { maskedLmSections } from "./maskedLm.ts";

/** The sections of a recipe for replaced token detection. */
export const replacedTokenDetectionSections = {
	data: maskedLmSections.data,
	masking: maskingSchema.describe("which tokens the corrupter replaces; replacement is what the generator sees there"),
	model: modelSectionSchema.describe("the detector's encoder, which is what serves"),
	generator: z
		.strictObject({
			hiddenSize: z.int().min(2).describe("units of its layers: a quarter to a half of the encoder's (section 3.2)"),
			heads: z.int().min(1).describe("attention heads; must divide hiddenSize"),
			intermediateSize: z.int().min(1).describe("units of its feed-forward layers"),
		})
		.describe("a masked language model as deep as the encoder, which proposes replacements (section 3.2)"),
	objective: z.strictObject({
		name: z.literal("replacedTokenDetection"),
		corrupter: z
			.enum(["generator", "uniform"])
			.default("generator")
			.describe("what replaces the chosen tokens: draws of the generator, or any token alike without a generator"),
		detectorWeight: z
			.number()
			.positive()
			.default(50)
			.describe("what the detector's loss counts beside the generator's (section 2, lambda)"),
	}),
} as const;

type Sections = {
	[Name in keyof typeof replacedTokenDetectionSections]: z.infer<(typeof replacedTokenDetectionSections)[Name]>;
};

/** The generator's heads share its units evenly, and rotary positions turn pairs of them. */
export function replacedTokenDetectionContradiction({ generator, model }: Sections): string | undefined {
	const { hiddenSize, heads } = generator;
	if (hiddenSize % heads !== 0) {
		return `generator.heads (${heads}) must divide generator.hiddenSize (${hiddenSize}).`;
	}
	if (model.positionEmbedding !== "rope" || (hiddenSize / heads) % 2 === 0) return undefined;
	return `generator.hiddenSize / generator.heads (${hiddenSize / heads}) must be even, because rotary positions turn pairs of units.`;
}
