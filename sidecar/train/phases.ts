import type { Evaluator, EvaluatorOptions } from "./evaluator.ts";
import { type PhaseRecipe, phaseRecipes } from "./phaseRecipes.ts";
import type { Recipe } from "./recipe.ts";
import { taskOf } from "./tasks/tasks.ts";
import type { TaskSteps } from "./tasks/trainingTask.ts";

/** A phase with what it trains and how it is scored. */
export interface TrainingPhase extends PhaseRecipe {
	readonly task: TaskSteps;
	readonly evaluator: Evaluator;
}

/** The phases of a run, in order, each with its task on the run's corpus. */
export function trainingPhases(recipe: Recipe, options: EvaluatorOptions): TrainingPhase[] {
	return phaseRecipes(recipe).map((phase) => {
		const task = taskOf(phase.recipe);
		return { ...phase, task: task.steps(options.config, options.corpus), evaluator: task.evaluator(options) };
	});
}

/** The phase that a run is in once `fraction` of its budget is spent. It never goes back to one before `least`. */
export function phaseAt(phases: readonly TrainingPhase[], fraction: number, least: TrainingPhase): TrainingPhase {
	// Shares such as 0.1 and 0.2 sum to a little more than 0.3: that must not cost a step.
	const found = phases.findIndex(({ until }) => fraction < until - 1e-9);
	return phases[Math.max(found < 0 ? phases.length - 1 : found, phases.indexOf(least))]!;
}
