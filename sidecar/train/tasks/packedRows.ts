import { type Masking, ngramConfig } from "../../data/masking/config.ts";
import { withOwnNgrams } from "../../data/ngramMasks/ownNgrams.ts";
import type { PackedRows } from "../../data/packing.ts";
import type { HostTensor } from "../../store/safetensors.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { RecipeOf } from "../recipe.ts";
import { lexiconColumns } from "./lexiconColumns.ts";
import { maskedRows } from "./maskedRows.ts";
import { pairColumns } from "./pairEvaluator.ts";
import { heldOutColumns, regionMasking } from "./regionEvaluator.ts";
import type { TrainingTask } from "./trainingTask.ts";

/** Recipes whose examples are documents packed into rows. */
export type PackedRecipe =
	| RecipeOf<"maskedLm">
	| RecipeOf<"causalLm">
	| RecipeOf<"replacedTokenDetection">
	| RecipeOf<"ernieGram">;

/**
 * Packs documents into rows, with the marks of their tokens where a masking of the recipe asks for them; a lexicon of
 * n-grams is saved beside them.
 */
export function preparePackedRows(recipe: PackedRecipe): TrainingTask["prepare"] {
	return async ({ train: documents, heldOut }, { tokenizer, corpus, onEncoded }) => {
		const options = { data: recipe.data, maskings: maskingsOf(recipe) };
		const rows = await maskedRows(documents, options, { tokenizer, corpus, onEncoded });
		const { train, lexicon } = withLexicon(recipe, rows, tokenizer);
		const [positions, padding] = [train.tokens.length, train.wasted];
		// Records whose regions are masked are scored by them, other pairs by finding each other.
		const scored = options.maskings.some((masking) => regionMasking(masking) !== undefined);
		const scoring = scored
			? heldOutColumns(await maskedRows(heldOut, options, { tokenizer, corpus }))
			: pairColumns(heldOut, { tokenizer, longest: recipe.data.sequenceLength });
		const examples = new Map([...lexicon, ...scoring]);
		return { train, examples, tokens: positions - padding - train.repeated, positions, padding };
	};
}

/** The rows with the n-grams that a masking asks for marked, and the lexicon as an example. */
function withLexicon(
	recipe: PackedRecipe,
	rows: PackedRows,
	tokenizer: Tokenizer,
): { train: PackedRows; lexicon: ReadonlyMap<string, HostTensor> } {
	const config = maskingsOf(recipe)
		.map(ngramConfig)
		.find((one) => one !== undefined);
	if (config === undefined) return { train: rows, lexicon: new Map() };
	const { rows: train, lexicon } = withOwnNgrams(rows, config, tokenizer);
	return { train, lexicon: lexiconColumns(lexicon) };
}

/** The maskings of a recipe and its phases. */
function maskingsOf(recipe: PackedRecipe): Masking[] {
	const own = "masking" in recipe ? [recipe.masking] : [];
	const phases = ("phases" in recipe ? recipe.phases : undefined) ?? [];
	return [...own, ...phases.flatMap(({ masking }) => masking ?? [])];
}
