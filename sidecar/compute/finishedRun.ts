import type { NgramModel } from "../data/ngrams.ts";
import type { EncoderConfig } from "../model/config.ts";
import type { HeldOut } from "../protocol/scores.ts";
import type { BaseIdentity } from "../store/adapters.ts";
import type { TrainingState } from "../train/checkpointing.ts";
import type { ModelState } from "../train/modelState.ts";
import type { PreparedCorpus } from "../train/preparedCorpus.ts";
import type { Recipe } from "../train/recipe.ts";

/** A run whose budget is spent, with its final scores. */
export interface FinishedRun {
	readonly recipe: Recipe;
	readonly folder: string;
	readonly corpus: PreparedCorpus;
	readonly config: EncoderConfig;
	/** The model under the adapter that was trained. */
	readonly base?: BaseIdentity | undefined;
	readonly ngrams: NgramModel;
	readonly heldOut: HeldOut;
	readonly model: ModelState;
	/** The step that these weights had been trained for. */
	readonly modelStep: number;
	readonly state: TrainingState;
}
