import { availableParallelism } from "node:os";
import { isError, MaskwrightError } from "../base/errors.ts";
import { evaluateModel } from "../compute/evaluateModel.ts";
import type { TrainingRequest } from "../compute/messages.ts";
import { startTraining, type TrainingListener } from "../compute/startTraining.ts";
import { fill as fillText } from "../inference/fill.ts";
import { openModel } from "../inference/loadedModel.ts";
import type { PrecisionChoice } from "../inference/precision.ts";
import { chooseTraining, type TrainingChoice } from "../jobs/recipeChoice.ts";
import { computeOf } from "../jobs/runCompute.ts";
import type { FillResult } from "../protocol/outputs.ts";
import type { HeldOut } from "../protocol/scores.ts";
import type { Device } from "../session/devices.ts";
import { findAdapter, requireBase } from "../store/adapters.ts";
import { modelInUse, useNewModel } from "../store/modelInUse.ts";
import { findModel } from "../store/models.ts";
import { checkRunFolder, findRun, readRunRecipe } from "../store/runs.ts";
import { parseRecipe } from "../train/recipe.ts";
import { applyResumeOverrides } from "../train/recipeChanges.ts";

export interface TrainOptions extends TrainingChoice {
	/** A folder or a .jsonl or .jsonl.xz file. */
	readonly corpus: string;
	readonly device: Device;
	readonly threads?: number;
	readonly out?: string;
}

/**
 * Trains and tells its events in order; resolves after `done`, when the model is the one in use. Aborting the signal
 * pauses with a checkpoint and rejects with `interrupted`. What is wrong with the options is found before anything
 * is written.
 */
export async function train(options: TrainOptions, listener: TrainingListener, signal: AbortSignal): Promise<void> {
	const { corpus, device, threads, out } = options;
	if (out !== undefined) checkRunFolder(out);
	const request: TrainingRequest = {
		kind: "train",
		corpus,
		...chooseTraining(options),
		device,
		...(threads === undefined ? {} : { threads }),
		...(out === undefined ? {} : { out }),
	};
	await runPausable(request, listener, signal);
}

/** Goes on with a run, given by its name or folder, on the device and threads that it began with. */
export async function resume(
	{ run, set }: { run: string; set: readonly string[] },
	listener: TrainingListener,
	signal: AbortSignal,
): Promise<void> {
	const path = findRun(run);
	const recipe = applyResumeOverrides(parseRecipe(readRunRecipe(path), path), set);
	const { device, threads } = (await computeOf(path)) ?? { device: "auto", threads: null };
	const request: TrainingRequest = {
		kind: "resume",
		run: path,
		recipe,
		device,
		...(threads === null ? {} : { threads }),
	};
	await runPausable(request, listener, signal);
}

interface FillCall {
	readonly text: string;
	readonly model?: string;
	readonly adapter?: string;
	readonly top: number;
	readonly precision?: PrecisionChoice;
}

/** What is named beats the environment; auto leaves it the word. */
function precisionOf(choice: PrecisionChoice): { precision?: PrecisionChoice } {
	return choice === "auto" ? {} : { precision: choice };
}

/**
 * Fills the masks of a text with the model named, or else the one in use, or with the adapter named. Throws `modelInvalid`
 * for an adapter of another model.
 */
export async function fill(options: FillCall): Promise<FillResult> {
	const { text, model: name, adapter, top, precision = "auto" } = options;
	const threads = availableParallelism();
	const folder = adapter === undefined ? modelFolder(name) : adapterFolder(adapter, name);
	const model = openModel(folder, { executionProvider: "cpu", threads, ...precisionOf(precision) });
	try {
		return await fillText(model, text, { top });
	} finally {
		await model.release();
	}
}

/** Scores the model named, or else the one in use, on a folder or file. */
export async function evaluateFill(options: {
	data: string;
	model?: string;
	precision?: PrecisionChoice;
}): Promise<HeldOut> {
	const { data, model, precision = "auto" } = options;
	return evaluateModel(modelFolder(model), data, precisionOf(precision));
}

/** Runs a training process, and says how to go on when it was paused. */
async function runPausable(request: TrainingRequest, listener: TrainingListener, signal: AbortSignal): Promise<void> {
	let path: string | undefined;
	let model: string | undefined;
	const onEvent: TrainingListener["onEvent"] = (event, line) => {
		if (event.event === "run") path = event.path;
		if (event.event === "done") model = event.model;
		listener.onEvent(event, line);
	};
	try {
		await startTraining(request, { ...listener, onEvent }, { pause: signal });
	} catch (error) {
		if (path === undefined || !isError(error, "interrupted")) throw error;
		const sentence = `Paused with a checkpoint. Go on with: maskwright resume ${path}`;
		throw new MaskwrightError("interrupted", sentence, { cause: error });
	}
	if (model !== undefined) rememberModel(model, listener);
}

/** A user's folder that cannot be written does not make a finished run fail. */
function rememberModel(model: string, { onWarning }: TrainingListener): void {
	try {
		useNewModel(model);
	} catch (error) {
		onWarning?.(`The model is not the one in use: ${error instanceof Error ? error.message : error}`);
	}
}

/** The folder of an adapter; throws `modelInvalid` where it is not one of the model named. */
export function adapterFolder(adapter: string, model: string | undefined): string {
	const folder = findAdapter(adapter);
	if (model !== undefined) requireBase(folder, findModel(model));
	return folder;
}

/** The folder of the model named, or else of the one in use. Throws `notFound`. */
export function modelFolder(name: string | undefined): string {
	if (name !== undefined) return findModel(name);
	const folder = modelInUse();
	if (folder !== undefined) return folder;
	throw new MaskwrightError(
		"notFound",
		"There is no model yet. Train one: maskwright train FOLDER, or name one with --model.",
	);
}
