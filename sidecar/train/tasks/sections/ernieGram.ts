import { z } from "zod";
import { maskingSchema, ngramConfig } from "../../../data/masking/config.ts";
import { modelSectionSchema } from "../../../model/config.ts";
import { packedDataSchema } from "./dataSection.ts";
import { generatorContradiction, generatorSizes } from "./generatorSection.ts";

/** The sections of a recipe for ERNIE-Gram's pre-training. */
export const ernieGramSections = {
	data: packedDataSchema,
	masking: maskingSchema,
	model: modelSectionSchema,
	objective: z.strictObject({
		name: z.literal("ernieGram"),
		coarseWeight: z
			.number()
			.positive()
			.describe("What the loss of whole n-grams and tokens at masks counts (ERNIE-Gram, section 3.2)"),
		fineWeight: z
			.number()
			.min(0)
			.describe("What the loss of the tokens of each n-gram counts (section 3.3); 0 leaves their queries out"),
		generator: z
			.strictObject({
				...generatorSizes,
				// Xiao et al. show draws in place of all masks and call them optional; a model that is to fill masks must see some:
				// 35% of idioms were completed after 0.5 where 38% were after 0.15 and 14% after 1, in the learning check's seed 11.
				share: z
					.number()
					.gt(0)
					.max(1)
					.default(0.15)
					.describe("of the masks, those in whose place a draw of the generator stands; the others stay masks"),
				detectorWeight: z
					.number()
					.min(0)
					.default(1)
					.describe("what the loss of telling draws from the original counts, a sum over the tokens of the text"),
			})
			.optional()
			.describe(
				"a small masked language model whose draws of n-grams and tokens stand in place of masks (section 3.4); absent, none",
			),
	}),
} as const;

type Sections = { [Name in keyof typeof ernieGramSections]: z.infer<(typeof ernieGramSections)[Name]> };

/** Rows without n-grams have nothing to learn here; one mask stands for all tokens of an n-gram, and sees the whole row. */
export function ernieGramContradiction({ masking, model, objective }: Sections): string | undefined {
	const lexicon = ngramConfig(masking);
	if (lexicon === undefined || lexicon.bigrams + lexicon.trigrams === 0) {
		return "masking.strategies must have the strategy ngram, with bigrams or trigrams.";
	}
	if (masking.otherRows !== undefined || masking.strategies.some(({ name }) => name === "region")) {
		return "masking cannot have other rows or regions of records, which it has no n-grams of.";
	}
	if (masking.replacement.mask !== 1) {
		return "masking.replacement.mask must be 1, because one mask stands in place of all tokens of an n-gram.";
	}
	if (model.globalAttentionEveryNLayers !== 1 && model.layers > 1) {
		return "model.globalAttentionEveryNLayers must be 1, because queries do not stand beside what they see.";
	}
	if (model.architecture === "deberta-v2") {
		return "model.architecture cannot be deberta-v2, whose distances are those of the places in a row.";
	}
	const { generator } = objective;
	return generator === undefined ? undefined : generatorContradiction("objective.generator", generator, model);
}
