import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";
import { plainBert } from "./plainBert.ts";

/** Every recipe that ships, by name. */
export const recipes: ReadonlyMap<string, RecipeEntry> = new Map(
	[codeMlmSmall, plainBert].map((entry) => [entry.recipe.name, entry]),
);
