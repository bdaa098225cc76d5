import type { Curve } from "./curve.ts";
import type { Smoothing } from "./smoothing.ts";

/** A resolved recipe with dotted keys, as `readRun` answers. */
export type FlatRecipe = Readonly<Record<string, unknown>>;

/** A recipe field that is not the same in all runs, with each run's value; null where a run has no such field. */
export interface DifferingField {
	readonly field: string;
	readonly values: readonly (string | null)[];
}

/** A value and the step it belongs to. */
export interface AtStep {
	readonly value: number;
	readonly step: number;
}

/** The fields in which recipes differ, by name. Nothing for fewer than two recipes. */
export function differingFields(recipes: readonly FlatRecipe[]): DifferingField[] {
	const fields = [...new Set(recipes.flatMap((recipe) => Object.keys(recipe)))].sort();
	return fields
		.map((field) => ({
			field,
			values: recipes.map((recipe) => (Object.hasOwn(recipe, field) ? show(recipe[field]) : null)),
		}))
		.filter(({ values }) => new Set(values).size > 1);
}

/** The least held-out loss of the evaluations during a run; undefined when none had one. */
export function bestHeldOut({ heldOut }: Curve): AtStep | undefined {
	let best: AtStep | undefined;
	for (const { step, scores } of heldOut) {
		if (scores.loss === null || !Number.isFinite(scores.loss)) continue;
		if (best === undefined || scores.loss < best.value) best = { value: scores.loss, step };
	}
	return best;
}

/** The least value of a run's smoothed training loss; undefined before the first step. */
export function bestTrain({ x }: Curve, { smoothed }: Smoothing): AtStep | undefined {
	let row = -1;
	for (let index = 0; index < smoothed.length; index++) {
		const value = smoothed.at(index);
		if (Number.isFinite(value) && (row < 0 || value < smoothed.at(row))) row = index;
	}
	return row < 0 ? undefined : { value: smoothed.at(row), step: x.step.at(row) };
}

function show(value: unknown): string {
	return typeof value === "string" ? value : JSON.stringify(value);
}
