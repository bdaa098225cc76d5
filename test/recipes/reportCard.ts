import type { RecipeCard } from "../../sidecar/protocol/recipeCards.ts";
import type { LearningCheck, Measurement } from "./learningCheck.ts";

/** The report card of a check's measurements, one for a seed. */
export function reportCard(
	check: LearningCheck,
	measured: readonly { readonly seed: number; readonly measurement: Measurement }[],
): RecipeCard {
	const sign = check.better === "higher" ? 1 : -1;
	const gains = measured.map(({ measurement: { recipe, baseline } }) => sign * (recipe.value - baseline.value));
	const difference = interval(gains);
	const verdict = verdictOf(gains, difference.mean, check.margin);
	const { recipe, metric, better, baseline, margin, claim } = check;
	return {
		recipe,
		metric,
		better,
		baseline,
		margin,
		seeds: measured.map(({ seed, measurement }) => ({
			seed,
			recipe: measurement.recipe,
			baseline: measurement.baseline,
		})),
		difference,
		verdict,
		also: meansOf(measured.map(({ measurement }) => measurement.also ?? {})),
		claim,
		reproduced: check.reproduced[verdict],
		executionProvider: "cpu",
	};
}

/** Better or worse where the mean is beyond the margin and two of three seeds agree. */
function verdictOf(gains: readonly number[], mean: number, margin: number): RecipeCard["verdict"] {
	const agree = (test: (gain: number) => boolean): boolean => gains.filter(test).length * 3 >= gains.length * 2;
	if (mean > margin && agree((gain) => gain > 0)) return "better";
	if (mean < -margin && agree((gain) => gain < 0)) return "worse";
	return "no difference";
}

/** Student's t at 97.5% for 1 to 9 degrees of freedom. */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** The mean of paired differences with its 95% interval; of one difference the interval is the number itself. */
function interval(values: readonly number[]): RecipeCard["difference"] {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	if (values.length === 1) return { mean, low: mean, high: mean };
	const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
	const half = (quantiles[values.length - 2] ?? 1.96) * Math.sqrt(variance / values.length);
	return { mean, low: mean - half, high: mean + half };
}

function meansOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
	const names = new Set(all.flatMap((one) => Object.keys(one)));
	return Object.fromEntries(
		[...names].map((name) => {
			const values = all.flatMap((one) => one[name] ?? []);
			return [name, values.reduce((sum, value) => sum + value, 0) / values.length];
		}),
	);
}
