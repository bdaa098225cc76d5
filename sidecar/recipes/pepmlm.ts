import { aminoAcids } from "../tokenizer/characterTokenizer.ts";
import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";

const small = codeMlmSmall.recipe;

/** Peptides for a target protein, all at once: the whole second text of a pair is masked. */
export const pepmlm: RecipeEntry = {
	state: "learn-green",
	recipe: {
		...small,
		name: "pepmlm",
		summary: "Peptide binders for a target protein: pairs whose whole second part is masked, for infilling at once.",
		paper:
			"Chen et al. 2023, PepMLM: Target Sequence-Conditioned Generation of Peptide Binders via Masked Language Modeling",
		tokenizer: { ...small.tokenizer, alphabet: aminoAcids },
		data: {
			...small.data,
			sequenceLength: 256,
			packing: "padded",
			reader: { name: "pairs", first: "target", second: "binder", join: "nothing", long: "refuse" },
		},
		masking: {
			strategies: [{ name: "region", weight: 1, region: "second", tokens: "all" }],
			rate: 0.15,
			replacement: { mask: 1, random: 0, keep: 0 },
		},
		model: { ...small.model, maxPositions: 256 },
		train: { ...small.train, batchTokens: 2048, learningRate: 1e-3 },
	},
	reasons: {
		...codeMlmSmall.reasons,
		"tokenizer.alphabet": "A token for each amino acid, as ESM-2 has it; an unknown letter is refused.",
		"tokenizer.vocabularySize": "Unused with an alphabet.",
		"tokenizer.minFrequency": "Unused with an alphabet.",
		"tokenizer.acrossLines": "Unused with an alphabet.",
		"data.sequenceLength": "PepMLM's code has 552; 256 holds targets of some 240 residues at a fifth of the cost.",
		"data.packing": "A row is one pair: target, binder, [SEP].",
		"data.reader.name": "Two texts in a row; the columns can be others, such as a prefix and a body of code.",
		"data.reader.first": "PepMLM's column.",
		"data.reader.second": "PepMLM's column.",
		"data.reader.join": "PepMLM's code puts the binder right behind its target.",
		"data.reader.long": "A pair that does not fit is refused: cutting the binder would train on a part of it.",
		"masking.strategies": "All of the binder and nothing of the target, as PepMLM's code.",
		"masking.rate": "Unused: the region decides.",
		"masking.replacement.mask": "As PepMLM's code.",
		"model.maxPositions": "The sequence length.",
		"train.batchTokens": "Eight pairs; PepMLM's code has 2, twice accumulated.",
		"train.learningRate":
			"Near the paper's 7.98e-4 for training ESM-2 on: at four times the rate the model forgot how to judge one residue beside the others (pseudo-perplexity 74 in place of 12.6).",
	},
	page: {
		says: "A protein language model is trained on targets with a peptide binder behind each, of which the binder is masked whole. It then writes binders for a target alone: masks behind it, one run of the model, a draw at each place, ranked by pseudo-perplexity.",
		headline:
			"Binders of low perplexity, some of which bind their targets and degrade them in cells (as its abstract says).",
		here: "The same masking, generation and ranking on a small encoder with a token for each amino acid. The paper goes on from ESM-2: train --from goes on from a model of single sequences; from nothing the binders are ranked badly, since the model never saw one beside a masked residue. Pairs come from a CSV, TSV, JSONL or FASTA file. With the columns and the tokenizer changed it learns to end a piece of code from what stands before it.",
		use: "Maskwright: Infill End of Region, and maskwright generate --mode infill.",
		interpretation: [
			"Which columns hold the pair is data.reader; what is too long is refused, where PepMLM's code cuts.",
		],
	},
};
