import type { RecipeEntry } from "../train/recipe.ts";
import { codeMlmBase } from "./codeMlmBase.ts";
import { codeMlmSmall } from "./codeMlmSmall.ts";
import { plainBert } from "./plainBert.ts";

/** Every recipe that ships, by name. */
export const recipes: ReadonlyMap<string, RecipeEntry> = new Map(
	[codeMlmSmall, codeMlmBase, plainBert].map((entry) => [entry.recipe.name, entry]),
);
