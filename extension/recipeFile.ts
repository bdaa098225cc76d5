import type { RecipeDescriptions } from "../sidecar/protocol/outputs.ts";

type Description = RecipeDescriptions[number];

/** Files of a workspace that are recipes, as `contributes.jsonValidation` names them too. */
export const recipeFiles = "**/{*.maskwright-recipe,*.maskwright,maskwright.recipe}.json";

/** What is changed most often, where a recipe has it: the first things to find in a new file. */
const usefulKeys = [
	"phases",
	"masking.rate",
	"model.layers",
	"model.hiddenSize",
	"objective",
	"train.learningRate",
	"train.budget",
];

/** Parts of those that nobody changes: where the loss is computed, and which one it is. */
const unchanged = new Set(["objective.name", "objective.rows"]);

/** The text of a new recipe file that extends a recipe: what is changed most often, with that recipe's values. */
export function newRecipeFile({ name, parameters }: Description): string {
	const file: Record<string, unknown> = { extends: name, name: `my-${name}` };
	// What goes on from a model has that model's shape.
	const fixed = parameters.some(({ key }) => key === "from") ? ["model"] : [];
	const useful = usefulKeys.filter((key) => !fixed.includes(key.split(".")[0] ?? ""));
	for (const wanted of useful) {
		for (const { key, default: value } of parameters) {
			if ((key === wanted || key.startsWith(`${wanted}.`)) && !unchanged.has(key)) put(file, key.split("."), value);
		}
	}
	return `${JSON.stringify(file, undefined, "\t")}\n`;
}

function put(target: Record<string, unknown>, [first, ...rest]: string[], value: unknown): void {
	if (first === undefined) return;
	if (rest.length === 0) target[first] = value;
	else {
		target[first] ??= {};
		put(target[first] as Record<string, unknown>, rest, value);
	}
}
