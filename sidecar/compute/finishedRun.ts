import type { NgramModel } from "../data/ngrams.ts";
import type { EncoderConfig } from "../model/config.ts";
import type { HeldOut } from "../protocol/scores.ts";
import type { TrainingState } from "../train/checkpointing.ts";
import type { PreparedCorpus } from "../train/prepare.ts";
import type { Recipe } from "../train/recipe.ts";
import type { ModelState } from "../train/stepper.ts";

/** A run whose budget is spent, with its final scores. */
export interface FinishedRun {
	readonly recipe: Recipe;
	readonly folder: string;
	readonly corpus: PreparedCorpus;
	readonly config: EncoderConfig;
	readonly ngrams: NgramModel;
	readonly heldOut: HeldOut;
	readonly model: ModelState;
	readonly state: TrainingState;
}
