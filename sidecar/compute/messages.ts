import type { ErrorName } from "../protocol/errors.ts";
import type { TrainingEvent } from "../protocol/events.ts";
import type { Device } from "../session/devices.ts";
import type { Recipe } from "../train/recipe.ts";

/** What a training process is asked to do. */
export type TrainingRequest =
	| {
			readonly kind: "train";
			/** A folder, or a .jsonl or .jsonl.xz file. */
			readonly corpus: string;
			readonly recipe: Recipe;
			/** The folder of a model to train on from. */
			readonly from?: string;
			/** The run's own folder; by default a new one in the user's folder. */
			readonly out?: string;
			/** The folder of a run that was made already and has no checkpoint yet; instead of `out`. */
			readonly run?: string;
			readonly device: Device;
			readonly threads?: number;
	  }
	| {
			readonly kind: "resume";
			readonly run: string;
			readonly recipe: Recipe;
			readonly device: Device;
			readonly threads?: number;
	  };

/** What happens before the first event, for a progress line. */
export interface PreparationProgress {
	readonly stage: "reading" | "tokenizer" | "encoding" | "counting";
	readonly done: number;
}

export type ToTraining =
	| { readonly type: "start"; readonly request: TrainingRequest }
	| { readonly type: "pause" }
	/** The budget ends after the step under way: closing scores and the model follow. */
	| { readonly type: "finish" };

export type FromTraining =
	/** `line` is the event's place in the run's metrics, counted from 0. */
	| { readonly type: "event"; readonly event: TrainingEvent; readonly line: number }
	| { readonly type: "preparing"; readonly progress: PreparationProgress }
	/** The last step is taken; the closing scores and the model are under way. */
	| { readonly type: "finishing" }
	| { readonly type: "memory"; readonly bytes: number }
	| { readonly type: "warning"; readonly message: string }
	| { readonly type: "finished" }
	| { readonly type: "failed"; readonly name: ErrorName; readonly message: string; readonly stack: string };
