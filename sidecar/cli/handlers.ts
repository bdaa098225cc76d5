import { MaskwrightError } from "../base/errors.ts";
import type { TrainingEvent } from "../protocol/events.ts";
import type { CorpusReport, DoctorReport, FillResult, RecipeDescriptions } from "../protocol/outputs.ts";
import type { HeldOut } from "../protocol/scores.ts";
import type { Budget, DeviceName } from "./options.ts";

export interface TrainOptions {
	/** A folder or a .jsonl or .jsonl.xz file. */
	readonly corpus: string;
	/** A recipe's name or the path of a recipe file. */
	readonly recipe: string;
	/** A model to go on from: its name or path. */
	readonly from?: string;
	/** Changes to the recipe, each as `dotted.key=value`. */
	readonly set: readonly string[];
	/** Undefined takes the recipe's own. */
	readonly budget?: Budget;
	readonly device: DeviceName;
	readonly threads?: number;
	readonly seed?: number;
	readonly out?: string;
}

export interface FillOptions {
	readonly text: string;
	/** Undefined takes the model in use. */
	readonly model?: string;
	readonly top: number;
}

export interface EvaluateOptions {
	/** A folder or a .jsonl or .jsonl.xz file. */
	readonly data: string;
	readonly model?: string;
}

export type OnEvent = (event: TrainingEvent) => void;

/**
 * Trains and tells its events in order; resolves after `done`. Aborting the signal pauses with a checkpoint and
 * rejects with `interrupted`. Rejects with `diverged` after that event. Everything that can be wrong with the
 * options is found before anything is written.
 */
export async function train(_options: TrainOptions, _onEvent: OnEvent, _signal: AbortSignal): Promise<void> {
	throw notBuilt("train");
}

/** Goes on with the run that `run` names (its name or folder), as `train` does. */
export async function resume(_run: string, _onEvent: OnEvent, _signal: AbortSignal): Promise<void> {
	throw notBuilt("resume");
}

/** What the folder or file would give to train on; nothing is written. */
export async function corpus(_path: string): Promise<CorpusReport> {
	throw notBuilt("corpus");
}

export async function fill(_options: FillOptions): Promise<FillResult> {
	throw notBuilt("fill");
}

export async function evaluateFill(_options: EvaluateOptions): Promise<HeldOut> {
	throw notBuilt("eval fill");
}

export async function recipes(): Promise<RecipeDescriptions> {
	throw notBuilt("recipes");
}

export async function doctor(): Promise<DoctorReport> {
	throw notBuilt("doctor");
}

function notBuilt(command: string): MaskwrightError {
	return new MaskwrightError("internal", `This is a bug in Maskwright: ${command} is not connected.`);
}
