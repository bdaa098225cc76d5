import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";

const paper =
	"Fernando and Ranathunga 2025, Linguistic Entity Masking to Improve Cross-Lingual Representation of Multilingual Language Models for Low-Resource Languages";

/** Named, so that each can be set; see `reasons`. */
const entity = {
	name: "entity",
	weight: 1,
	rates: { namedEntity: 1, noun: 0.15, verb: 0.15, call: 1, type: 1, identifier: 0.5, parameter: 0.5 },
	tokens: "one",
	most: 0.3,
} as const;

const small = codeMlmSmall.recipe;

const single = {
	...small,
	name: "lem",
	summary: "Linguistic Entity Masking: trains on one token of each name, call and type, and of the words of comments.",
	paper,
	masking: {
		...small.masking,
		annotators: [{ name: "treeSitter" }, { name: "partsOfSpeech" }],
		strategies: [entity],
	},
} satisfies RecipeEntry["recipe"];

/** Linguistic Entity Masking on the code and the prose of a workspace: the first stage, on single texts. */
export const lem: RecipeEntry = {
	state: "learn-green",
	page: {
		says: "Masks single tokens of named entities, nouns and verbs alone, and leaves the rest of each to be seen, first on single texts (LEM mono), then on translation pairs (LEM para).",
		headline:
			"Better than masked and translation language modelling (MLM+TLM) on bitext mining, parallel data curation and code-mixed sentiment for English-Sinhala, English-Tamil and Sinhala-Tamil, from XLM-R (abstract).",
		here: "Tree-sitter finds what is called, types, parameters and identifiers of code, a tagger the names, nouns and verbs of English in comments, docstrings and prose; or a file of spans says them. One token of a chosen span is masked. It trains from scratch at the size of code-mlm-small. The second stage is the recipe lem-para, started from its model: documentation, [SEP] and code of each function in one row, each side seeing the other, or the sentence pairs of a table.",
		use: "Maskwright: Train Model on This Workspace, with the recipe lem: a model for fill that has learned on names, calls and types. Maskwright: Inspect Masking shows what it masks, with the count of each class.",
		interpretation: [
			"masking.strategies.0.rates: the paper searched a rate for each type, and its repository has none: 1 for named entities, 0.15 for nouns and verbs; in code 1 for what is called and types, 0.5 for identifiers and parameters.",
			"masking.strategies.0.most: room of a batch, which the paper has no need of.",
			"data.pairPositions of lem-para: continued, as rotary positions have no other; with absolute ones, restarted is as XLM's translation language modelling has it (Lample and Conneau 2019, section 3.3). The mark between the two sides is [SEP]; there is no language embedding, as in XLM-R.",
			"masking.replacement: all chosen tokens become the mask, for the model is used on masks.",
		],
	},
	recipe: single,
	reasons: {
		...codeMlmSmall.reasons,
		"masking.annotators": "Code by its grammar; its comments and docstrings, and files of prose, by parts of speech.",
		"masking.strategies":
			"Section 3; rates are an interpretation. Some 13% of the tokens of TypeScript are chosen, 7% of Python.",
		"masking.rate": "Unused: entity decides its own count; another strategy beside it would choose this share.",
	},
};

/** The second stage: translation language modelling on pairs with the same masks. */
export const lemPara: RecipeEntry = {
	state: "learn-green",
	recipe: {
		...single,
		name: "lem-para",
		summary:
			"Linguistic Entity Masking on pairs: documentation and code of each function in one row, or sentence pairs.",
		data: { ...small.data, packing: "padded", reader: { name: "documented" }, pairPositions: "continued" },
	},
	reasons: {
		...lem.reasons,
		"data.packing": "A pair stands whole in a row.",
		"data.reader.name": "The pairs that every workspace has; pairs reads your own table.",
		"data.pairPositions": "The encoder's positions are rotary.",
	},
};
