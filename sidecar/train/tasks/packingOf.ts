import type { Recipe } from "../recipe.ts";

/** How the rows of a recipe's texts are packed; undefined where its examples are no rows of texts. */
export function packingOf({ objective, data }: Pick<Recipe, "objective" | "data">): "isolated" | "padded" | undefined {
	if (objective.name === "starbucks") return "padded"; // the [CLS] of a row stands for one text
	return "packing" in data ? data.packing : undefined;
}
