import { existsSync, readFileSync } from "node:fs";
import { MaskwrightError } from "../base/errors.ts";
import type { RecipeDescriptions } from "../protocol/outputs.ts";
import { codeMlmAdapt } from "../recipes/codeMlmAdapt.ts";
import { codeMlmSmall } from "../recipes/codeMlmSmall.ts";
import { recipes } from "../recipes/recipes.ts";
import { requireBaseModel } from "../store/adapters.ts";
import { boxedModel, boxedModels } from "../store/boxedModels.ts";
import { findModel } from "../store/models.ts";
import { readRecipeCard } from "../store/recipeCards.ts";
import type { Budget } from "../train/budget.ts";
import { withoutFirstPhases } from "../train/phaseRecipes.ts";
import { flattenRecipe, parseRecipe, type Recipe } from "../train/recipe.ts";
import { applyOverrides, mergeRecipe, withExactSize } from "../train/recipeChanges.ts";

export interface RecipeChoice {
	/** A recipe's name or the path of a recipe file. */
	readonly recipe: string;
	/** Changes, each as `dotted.key=value`. */
	readonly set: readonly string[];
	readonly budget?: Budget;
	readonly seed?: number;
}

/** What a call asks to train. */
export interface TrainingChoice extends Omit<RecipeChoice, "recipe"> {
	/** By default `code-mlm-adapt`, or `code-mlm-small` where there is nothing to go on from. */
	readonly recipe?: string;
	/** A model to go on from: its name or folder; by default what the recipe says. */
	readonly from?: string;
}

/**
 * The recipe of a training run, and the folder of the model that it goes on from, if any. Throws as `chooseRecipe` does,
 * and `notFound` for a model that is not there.
 */
export function chooseTraining(
	{ recipe, from, ...changes }: TrainingChoice,
	at: { home?: string } = {},
): { recipe: Recipe; from?: string } {
	const chosen = chooseRecipe({ ...changes, recipe: recipe ?? defaultRecipe({ from, set: changes.set }) });
	const start = from ?? chosen.from;
	if (start === undefined) {
		if (chosen.adapter !== undefined) requireBaseModel(undefined);
		return { recipe: chosen };
	}
	if (from === undefined && start === boxedModels.completion && boxedModel("completion") === undefined) {
		throw new MaskwrightError(
			"notFound",
			`${chosen.name} goes on from ${start}, which did not come with this Maskwright. Name another model with --from, or train from nothing with --recipe ${codeMlmSmall.recipe.name}.`,
		);
	}
	const folder = findModel(start, at);
	if (chosen.adapter !== undefined) requireBaseModel(folder);
	return { recipe: { ...withoutFirstPhases(chosen), from: start }, from: folder };
}

/** A model of another shape or with other words than the one in the box can only be trained from nothing. */
function defaultRecipe({ from, set }: { from: string | undefined; set: readonly string[] }): string {
	const reshaped = set.some((change) => /^\s*(model|tokenizer|objective)\b/.test(change));
	const startsThere = from !== undefined || (!reshaped && boxedModel("completion") !== undefined);
	return (startsThere ? codeMlmAdapt : codeMlmSmall).recipe.name;
}

/**
 * The recipe that a call asks for, all changes applied. Throws `notFound` for an unknown name, `recipeInvalid` for
 * what no recipe can be, `usage` for two budgets.
 */
export function chooseRecipe({ recipe, set, budget, seed }: RecipeChoice): Recipe {
	if (budget !== undefined && set.some((change) => change.startsWith("train.budget"))) {
		const flag = `--${Object.keys(budget)[0]}`;
		throw new MaskwrightError("usage", `${flag} and --set train.budget are both budgets. Give one of them.`);
	}
	if (seed !== undefined && set.some((change) => change.startsWith("train.seed="))) {
		throw new MaskwrightError("usage", "--seed and --set train.seed say the same thing. Give one of them.");
	}
	const chosen = applyOverrides(named(recipe), set);
	return {
		...chosen,
		train: { ...chosen.train, ...(budget === undefined ? {} : { budget }), ...(seed === undefined ? {} : { seed }) },
	};
}

/** Every recipe that ships, as `maskwright recipes` tells of it. */
export function describeRecipes(): RecipeDescriptions {
	return [...recipes.values()].map(({ recipe, state, reasons, page }) => ({
		name: recipe.name,
		summary: recipe.summary,
		paper: recipe.paper ?? null,
		state,
		page: page ?? null,
		card: readRecipeCard(recipe.name) ?? null,
		parameters: flattenRecipe(recipe)
			.filter(([key]) => key !== "name" && key !== "summary" && key !== "paper")
			.map(([key, value]) => ({
				key,
				type: typeName(value),
				// A recipe is JSON data.
				default: value as RecipeDescriptions[number]["parameters"][number]["default"],
				reason: reasons[key] ?? "",
			})),
	}));
}

function named(recipe: string): Recipe {
	const entry = recipes.get(recipe);
	if (entry !== undefined) return entry.recipe;
	if (!existsSync(recipe)) {
		const names = [...recipes.keys()].join(", ");
		throw new MaskwrightError("notFound", `There is no recipe ${recipe}. Name one of ${names}, or a recipe file.`);
	}
	return parseRecipe(extended(readJson(recipe), recipe), recipe);
}

/** A recipe file may say `"extends": NAME` and hold only what differs from that recipe. */
function extended(json: unknown, file: string): unknown {
	if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
	const { $schema: _, ...own } = json as Record<string, unknown>; // editors offer it
	if (!("extends" in own)) return withExactSize(own);
	const { extends: name, ...changes } = own;
	const base = typeof name === "string" ? recipes.get(name) : undefined;
	if (base === undefined) {
		const names = [...recipes.keys()].join(", ");
		throw new MaskwrightError("recipeInvalid", `${file} extends ${JSON.stringify(name)}, which is none of ${names}.`);
	}
	return mergeRecipe(base.recipe, withExactSize(changes));
}

function readJson(file: string): unknown {
	try {
		return JSON.parse(readFileSync(file, "utf8")) as unknown;
	} catch (error) {
		const why = error instanceof SyntaxError ? `it is not JSON (${error.message})` : "it cannot be read";
		throw new MaskwrightError("recipeInvalid", `${file} cannot be used as a recipe: ${why}.`, { cause: error });
	}
}

function typeName(value: unknown): string {
	if (value === null) return "null";
	if (Array.isArray(value)) return "array";
	return Number.isInteger(value) ? "integer" : typeof value;
}
