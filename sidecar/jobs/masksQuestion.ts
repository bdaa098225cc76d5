import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import type { MasksRequest } from "../compute/inferenceMessages.ts";
import { versionOf } from "../compute/modelVersion.ts";
import { type Masking, maskingSchema } from "../data/masking/config.ts";
import type { GraphQuestion } from "../inference/inspect/masksQuestion.ts";
import type { MasksParams } from "../protocol/inspect/masks.ts";
import { codeMlmSmall } from "../recipes/codeMlmSmall.ts";
import { runLayout } from "../store/layout.ts";
import { findModel } from "../store/models.ts";
import { readRunRecipe } from "../store/runs.ts";
import { type PhaseRecipe, phaseRecipes } from "../train/phaseRecipes.ts";
import { parseRecipe, type Recipe, type RecipeOf } from "../train/recipe.ts";
import { rowShapeOf } from "../train/tasks/graphCodeBert/rowShape.ts";
import { packingOf } from "../train/tasks/packingOf.ts";
import { chooseRecipe } from "./recipeChoice.ts";

/**
 * What is to be masked, for the model in `folder`. Without a recipe it is that of the model's run, and then the rows
 * of that run are looked into; a model without a run gets the default recipe. Throws `usage` for an unknown strategy,
 * and as `chooseRecipe`.
 */
export function masksQuestion(params: MasksParams, folder: string, home?: string): MasksRequest {
	const { text, range, path, strategy, rate, seed, epoch, predict, compare, top } = params;
	const run = params.recipe === undefined ? runOf(folder) : undefined;
	const phases = phaseRecipes(recipeOf(params.recipe, run));
	const { recipe } = phases.at(-1)!; // what the run ends with, and the model is used for
	const withCorpus = run !== undefined && existsSync(runLayout(run).corpus) ? run : null;
	return {
		text,
		range,
		path,
		recipe: recipe.name,
		masking: "masking" in recipe ? changed(recipe.masking, { strategy, rate }) : null,
		objective: recipe.objective.name,
		causalShare: causalShareOf(phases),
		packing: packingOf(recipe) ?? "isolated",
		pairPositions: "pairPositions" in recipe.data ? recipe.data.pairPositions : undefined,
		reader: recipe.data.reader?.name === "text" ? undefined : recipe.data.reader,
		...(recipe.objective.name === "graphCodeBert" ? { graph: graphOf(recipe as RecipeOf<"graphCodeBert">) } : {}),
		sequenceLength: recipe.data.sequenceLength,
		seed: seed ?? recipe.train.seed,
		epoch,
		top,
		predict: predict || compare !== undefined,
		compare: compare === undefined ? null : versionOf(findModel(compare, home === undefined ? {} : { home })),
		run: withCorpus,
	};
}

/** The share of a run's budget that its phases spend on predicting next tokens. */
function causalShareOf(phases: readonly PhaseRecipe[]): number {
	const shares = phases.map(({ until }, index) => until - (phases[index - 1]?.until ?? 0));
	return phases.reduce(
		(sum, { recipe }, index) => (recipe.objective.name === "causalLm" ? sum + shares[index]! : sum),
		0,
	);
}

function graphOf(recipe: RecipeOf<"graphCodeBert">): GraphQuestion {
	const { attention, edgeWeight, alignmentWeight, edgeShare, alignmentShare } = recipe.objective;
	const structure = {
		...(edgeWeight > 0 ? { edges: edgeShare } : {}),
		...(alignmentWeight > 0 ? { alignments: alignmentShare } : {}),
	};
	return { shape: rowShapeOf(recipe), attention, structure };
}

function recipeOf(name: string | undefined, run: string | undefined): Recipe {
	if (name !== undefined) return chooseRecipe({ recipe: name, set: [] });
	return run === undefined ? codeMlmSmall.recipe : parseRecipe(readRunRecipe(run), `The recipe of ${run}`);
}

/** The run that made a model: its folder lies in that of the run. */
function runOf(folder: string): string | undefined {
	const run = dirname(folder);
	return basename(folder) === basename(runLayout(run).model) && existsSync(runLayout(run).recipe) ? run : undefined;
}

function changed(
	masking: Masking,
	{ strategy, rate }: { readonly strategy: string | undefined; readonly rate: number | undefined },
): Masking {
	const changes = {
		...(strategy === undefined ? {} : { strategies: [{ name: strategy }] }),
		...(rate === undefined ? {} : { rate }),
	};
	const result = maskingSchema.safeParse({ ...masking, ...changes });
	if (result.success) return result.data;
	throw new MaskwrightError(
		"usage",
		`There is no masking strategy ${strategy}. Name one of random, wholeWord, span, identifier, syntax, dataflow and entity.`,
	);
}
