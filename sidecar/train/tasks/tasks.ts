import { headSpecs } from "../../inference/predictingHead.ts";
import type { EncoderConfig } from "../../model/config.ts";
import { adapterSpecs, baseSpecs, type ParameterSpec, parameterSpecs } from "../../model/parameters.ts";
import type { ObjectiveName, Recipe, RecipeOf } from "../recipe.ts";
import { causalLmTask } from "./causalLm/task.ts";
import { codeSearchTask } from "./codeSearch/task.ts";
import { ernieGramTask } from "./ernieGram/task.ts";
import { graphCodeBertTask } from "./graphCodeBert/task.ts";
import { maskedLmTask } from "./maskedLm.ts";
import { replacedTokenDetectionTask } from "./replacedTokenDetection/task.ts";
import { starbucksTask } from "./starbucks/task.ts";
import type { TrainingTask } from "./trainingTask.ts";

/** Every training task by the name of its objective. */
const tasks: { readonly [Name in ObjectiveName]: (recipe: RecipeOf<Name>) => TrainingTask } = {
	maskedLm: maskedLmTask,
	causalLm: causalLmTask,
	graphCodeBert: graphCodeBertTask,
	codeSearch: codeSearchTask,
	starbucks: starbucksTask,
	replacedTokenDetection: replacedTokenDetectionTask,
	ernieGram: ernieGramTask,
};

/** The training task of a recipe. */
export function taskOf(recipe: Recipe): TrainingTask {
	return (tasks[recipe.objective.name] as (recipe: Recipe) => TrainingTask)(recipe);
}

/**
 * Every parameter that a recipe trains: those of its model, or of its adapter in their place, and those that only help it
 * to learn.
 */
export function trainedParameters(recipe: Recipe, config: EncoderConfig): ParameterSpec[] {
	return [...savedParameters(recipe, config), ...(taskOf(recipe).helperParameters?.(config) ?? [])];
}

/** Those that its model, or its adapter, keeps: the encoder's, the masked-LM head's where it has one, and those of its task. */
export function savedParameters(recipe: Recipe, config: EncoderConfig): ParameterSpec[] {
	const task = taskOf(recipe);
	const heads = new Set(task.maskedLmHead === false ? headSpecs(config).map(({ name }) => name) : []);
	const own = recipe.adapter === undefined ? parameterSpecs(config) : adapterSpecs(config);
	return [...own.filter(({ name }) => !heads.has(name)), ...task.extraParameters(config)];
}

/** The parameters that stay as they are while an adapter is trained. */
export function frozenParameters(recipe: Recipe, config: EncoderConfig): ParameterSpec[] {
	return recipe.adapter === undefined ? [] : baseSpecs(config);
}
