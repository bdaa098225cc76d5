import { type EncoderConfig, encoderConfigSchema } from "../model/config.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Recipe } from "./recipe.ts";

/** The encoder of a recipe with what its tokenizer decides. */
export function encoderOf(recipe: Recipe, { vocabularySize, special }: Tokenizer): EncoderConfig {
	const rows = Math.max(vocabularySize, recipe.model.vocabularySize ?? 0);
	const adapter = recipe.adapter === undefined ? {} : { adapter: recipe.adapter };
	return encoderConfigSchema.parse({ ...recipe.model, ...adapter, vocabularySize: rows, paddingId: special.pad });
}
