import type { GraphRowShape } from "../../../data/graph/graphExample.ts";
import type { RecipeOf } from "../../recipe.ts";

/** The row of a recipe: its tokens are those of the text and the variables. */
export function rowShapeOf({ data, objective }: RecipeOf<"graphCodeBert">): GraphRowShape {
	const { nodes, commentTokens } = objective;
	return { textLength: data.sequenceLength - nodes, nodes, commentTokens };
}
