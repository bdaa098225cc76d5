import { z } from "zod";
import { maskingSchema } from "../../../data/masking/config.ts";
import { modelSectionSchema } from "../../../model/config.ts";
import { sizeContradiction } from "../../../model/subModels.ts";
import { dataSection } from "./dataSection.ts";
import { sizesSchema } from "./sizes.ts";

/** The sections of a recipe for the pre-training of Starbucks. */
export const starbucksSections = {
	data: z.strictObject(dataSection),
	masking: maskingSchema,
	model: modelSectionSchema,
	objective: z.strictObject({
		name: z.literal("starbucks").describe("Masked language modelling and autoencoding at several sizes of one model"),
		sizes: sizesSchema.describe(
			"Sub-models that are trained beside the whole encoder, as [layers, units] (Starbucks, section 3.1)",
		),
		autoencoding: z
			.strictObject({
				share: z
					.number()
					.min(0)
					.lt(1)
					.describe(
						"What restoring a text from its [CLS] counts; masked language modelling counts the rest (section 3.2: a half). 0 leaves it out",
					),
				decoderRate: z
					.number()
					.gt(0)
					.lt(1)
					.describe(
						"The share of a row's tokens that the decoder's copy has masked (section 3.2); at least masking.rate",
					),
			})
			.describe("Masked autoencoding by a decoder of one layer"),
	}),
} as const;

type Sections = { [Name in keyof typeof starbucksSections]: z.infer<(typeof starbucksSections)[Name]> };

/** Sub-models are parts of the model, and the decoder restores more than the encoder has to. */
export function starbucksContradiction({ objective, model, masking }: Sections): string | undefined {
	const { share, decoderRate } = objective.autoencoding;
	if (share > 0 && decoderRate < masking.rate) {
		return `objective.autoencoding.decoderRate (${decoderRate}) is below masking.rate (${masking.rate}): the decoder would see what the encoder has to guess.`;
	}
	if (share > 0 && model.layers === 0) return "the decoder has one layer of the encoder's kind, and model.layers is 0.";
	const narrow =
		"embeddingSize" in model && model.embeddingSize !== undefined && model.embeddingSize !== model.hiddenSize;
	if (share > 0 && narrow) {
		return "model.embeddingSize must be model.hiddenSize: the decoder puts the text's vector in place of a token's embedding.";
	}
	return sizeContradiction(model, objective.sizes, "objective.sizes");
}
