import { parseRecipe, type Recipe } from "./recipe.ts";
import { mergeRecipe } from "./recipeChanges.ts";

/** A stretch of a run's budget with one objective; a run without phases is one of them, without a name. */
export interface PhaseRecipe {
	readonly name: string | undefined;
	/** The share of the budget that is spent when it ends. */
	readonly until: number;
	/** The recipe as it is in this phase. */
	readonly recipe: Recipe;
}

/** A recipe as it is in each of its phases. */
export function phaseRecipes(recipe: Recipe): PhaseRecipe[] {
	const { phases, ...whole } = { phases: undefined, ...recipe };
	if (phases === undefined) return [{ name: undefined, until: 1, recipe }];
	let until = 0;
	return phases.map(({ name, share, objective, masking }) => {
		until += share;
		const changes = {
			...(objective === undefined ? {} : { objective }),
			...(masking === undefined ? {} : { masking }),
		};
		return { name, until, recipe: parseRecipe(mergeRecipe(whole, changes), `The phase ${name} of ${recipe.name}`) };
	});
}

/** A recipe for a run that goes on from a model: without the phases that only a run from nothing has. */
export function withoutFirstPhases(recipe: Recipe): Recipe {
	if (!("phases" in recipe) || recipe.phases === undefined) return recipe;
	const kept = recipe.phases.filter(({ fromNothingOnly }) => !fromNothingOnly);
	const sum = kept.reduce((total, { share }) => total + share, 0);
	return parseRecipe(
		{ ...recipe, phases: kept.map((phase) => ({ ...phase, share: phase.share / sum })) },
		`${recipe.name}, going on from a model,`,
	);
}
