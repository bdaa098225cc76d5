import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";

const { recipe: base, reasons } = codeMlmSmall;
const { "objective.rows": _, ...shared } = reasons;

/** ELECTRA's pre-training, at a size for two CPU cores. */
export const electra: RecipeEntry = {
	state: "exact-green",
	recipe: {
		...base,
		name: "electra",
		summary: "ELECTRA: learns which tokens were replaced, and so finds suspicious ones after a paste or a refactoring.",
		paper: "Clark et al. 2020, ELECTRA: Pre-training Text Encoders as Discriminators Rather Than Generators",
		masking: {
			strategies: [{ name: "random", weight: 1 }],
			rate: 0.15,
			replacement: { mask: 0.85, random: 0, keep: 0.15 },
		},
		generator: { hiddenSize: 64, heads: 1, intermediateSize: 128 },
		objective: { name: "replacedTokenDetection", corrupter: "generator", detectorWeight: 50 },
	},
	page: {
		says: "Some tokens are replaced by what a small masked language model finds plausible, and the encoder learns to tell of every token whether it was replaced. All tokens teach something, not the masked 15% alone, and the encoder never sees a mask that its later use does not have.",
		headline:
			"With the same compute better than BERT; as good as RoBERTa and XLNet with less than a quarter of their compute (GLUE; abstract). ELECTRA-Small, trained for 4 days on one GPU, is above GPT.",
		here: "The released code's settings (85% of the chosen masked, weight 50, shared embeddings with their norm) on a small ModernBERT with a generator of a third of its width. The generator is left behind; the detector's head is kept. No dropout. A pool of a million draws is the noise of a run.",
		use: "Maskwright: Show Suspicious Tokens marks tokens that look replaced, as after a paste or a refactoring; maskwright suspicious FILE lists them. To fill masks or to search, train another recipe on from it (--from).",
		interpretation: [],
	},
	reasons: {
		...shared,
		"masking.strategies": "Section 3.1: single tokens, uniformly.",
		"masking.rate": "Section 3.1 and appendix A, for small and base models.",
		"masking.replacement.mask": "The released code masks 85% of the chosen tokens and leaves the rest to be seen.",
		"masking.replacement.random": "See masking.replacement.mask.",
		"masking.replacement.keep": "See masking.replacement.mask.",
		"generator.hiddenSize":
			"A third of the encoder's, as the paper's base model: between a quarter and a half works best.",
		"generator.heads": "64 units a head, as the encoder's.",
		"generator.intermediateSize": "Twice the hidden size, as the encoder's.",
		"objective.name": "Replaced token detection.",
		"objective.corrupter": "Section 2.",
		"objective.detectorWeight": "Section 2: the detector's loss per token is small beside the generator's.",
	},
};
