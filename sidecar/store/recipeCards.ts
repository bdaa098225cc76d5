import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RecipeCard, recipeCardSchema } from "../protocol/recipeCards.ts";
import { packageFolder } from "./packageFolder.ts";

/** The report cards that ship, one file for a recipe. */
function cardFile(recipe: string): string {
	return join(packageFolder(), "media", "recipes", `${recipe}.json`);
}

/** How a recipe did beside its baseline when it was last measured; undefined where it never was. */
export function readRecipeCard(recipe: string): RecipeCard | undefined {
	const file = cardFile(recipe);
	return existsSync(file) ? recipeCardSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

/** Keeps a measurement among what ships. */
export function writeRecipeCard(card: RecipeCard): void {
	const file = cardFile(card.recipe);
	mkdirSync(join(file, ".."), { recursive: true });
	writeFileSync(file, `${JSON.stringify(recipeCardSchema.parse(card), null, "\t")}\n`);
}
