import { z } from "zod";
import { maskingSchema } from "../../../data/masking/config.ts";
import { modelSectionSchema } from "../../../model/config.ts";
import { generatorContradiction, generatorSizes } from "./generatorSection.ts";
import { maskedLmSections } from "./maskedLm.ts";

/** The sections of a recipe for replaced token detection. */
export const replacedTokenDetectionSections = {
	data: maskedLmSections.data,
	masking: maskingSchema.describe("which tokens the corrupter replaces; replacement is what the generator sees there"),
	model: modelSectionSchema.describe("the detector's encoder, which is what serves"),
	generator: z
		.strictObject(generatorSizes)
		.describe("a masked language model beside the encoder, which proposes replacements (section 3.2)"),
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

/** What generator and encoder do not agree on. */
export function replacedTokenDetectionContradiction({ generator, model }: Sections): string | undefined {
	return generatorContradiction("generator", generator, model);
}
