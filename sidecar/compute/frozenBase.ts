/** The model under an adapter while the adapter is trained: read once, never changed, and in no checkpoint. */
import { MaskwrightError } from "../base/errors.ts";
import type { EncoderConfig } from "../model/config.ts";
import { adapterSpecs } from "../model/parameters.ts";
import { tensor } from "../session/tensor.ts";
import { type BaseIdentity, folderOfBase, identityOf } from "../store/adapters.ts";
import { readBaseOfRun, saveBaseOfRun } from "../store/runs.ts";
import type { ModelState } from "../train/modelState.ts";
import type { Recipe } from "../train/recipe.ts";
import { frozenParameters } from "../train/tasks/tasks.ts";
import { loadStart, type StartingModel } from "./startingModel.ts";

interface Under {
	readonly frozen: ModelState;
	readonly base: BaseIdentity | undefined;
}

interface AdapterRun {
	readonly folder: string;
	readonly recipe: Recipe;
	readonly config: EncoderConfig;
}

/** Of a run that trains the weights themselves. */
export const withoutBase: Under = { frozen: new Map(), base: undefined };

/** Throws `recipeInvalid` for an encoder that has no place for the adapter. */
export function requirePlaces(config: EncoderConfig): void {
	if (adapterSpecs(config).length > 0) return;
	throw new MaskwrightError(
		"recipeInvalid",
		"The model to train on from has no layers, so there is nothing for an adapter to change. Name another with --from.",
	);
}

/** Notes in the run's folder which model it goes on from, and reads its weights. */
export function freeze(from: string, start: StartingModel, run: AdapterRun): Under {
	const base = identityOf(from);
	saveBaseOfRun(run.folder, base);
	return { frozen: weightsOf(base, start, run), base };
}

/** The same model again, for a run that goes on. Throws `modelInvalid` when it is gone or has changed. */
export function thaw(run: AdapterRun): Under {
	const base = readBaseOfRun(run.folder);
	const folder = folderOfBase(base);
	if (folder !== undefined) return { frozen: weightsOf(base, loadStart(folder), run), base };
	throw new MaskwrightError(
		"modelInvalid",
		`The run ${run.folder} trains an adapter on the model ${base.name}, which is not here any more with the weights that it had. Put the model back, or train again.`,
	);
}

function weightsOf(base: BaseIdentity, { parameters }: StartingModel, { recipe, config }: AdapterRun): ModelState {
	const frozen: ModelState = new Map();
	for (const { name, shape } of frozenParameters(recipe, config)) {
		const data = parameters.get(name);
		if (data === undefined) {
			throw new MaskwrightError(
				"modelInvalid",
				`The model ${base.name} has no trained head for masked language modelling (its tensor ${name} is missing), and an adapter cannot make up for it. Name another with --from.`,
			);
		}
		frozen.set(name, tensor(data, shape));
	}
	return frozen;
}
