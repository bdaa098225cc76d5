import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";

const small = codeMlmSmall.recipe;

/** A masked language model that is trained to go on with a text, for `maskwright generate`. */
export const sap: RecipeEntry = {
	state: "learn-green",
	recipe: {
		...small,
		name: "sap",
		summary: "A masked language model that generates text step by step: trained on masked ends and spans.",
		paper: "Patel et al. 2022, Bidirectional Language Models Are Also Few-shot Learners",
		data: { ...small.data, packing: "padded" },
		masking: {
			strategies: [{ name: "suffix", weight: 1, shortest: 1, longest: 8, probability: 0.33, maximum: 10 }],
			rate: 0.25,
			replacement: { mask: 1, random: 0, keep: 0 },
		},
	},
	reasons: {
		...codeMlmSmall.reasons,
		"data.packing": "Each row ends with [SEP] behind its text, as the row of a text that is to be continued does.",
		"masking.strategies":
			"The end of each row, one to eight tokens, and spans elsewhere: the first is what appended masks look like, the second is T5's span corruption.",
		"masking.rate": "As code-mlm-small.",
		"masking.replacement.mask": "Generation asks at mask tokens alone.",
	},
	page: {
		says: "A model that was trained to fill spans can follow prompts: it fills the end of the text, of which only the first token is kept, and is asked again (sequential autoregressive prompting, SAP).",
		headline:
			"Few-shot translation with mT5 (3.7 billion parameters) beats XGLM and GPT-3 of about twice the size and more (as its abstract says).",
		here: "A small encoder with masked ends and spans. Generation appends mask tokens behind the text and before what follows the caret, keeps the leftmost prediction and asks again. Demonstrations stand in the prompt; inputs without an output get one from the model (bootstrapping), and several orders of the demonstrations can be averaged. English as a pivot between languages is left out.",
		use: "Maskwright: Generate Text at Caret, and maskwright generate.",
		interpretation: [
			"The paper fills T5's sentinel tokens with a decoder. An encoder has a fixed number of masks instead: masks (4).",
			"Bootstrapping draws 4 outputs for each input and keeps the likeliest, of half of the inputs, by pseudo-perplexity.",
			"Prompts are averaged by their probabilities at each token.",
		],
	},
};
