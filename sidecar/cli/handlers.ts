import { availableParallelism } from "node:os";
import { isError, MaskwrightError } from "../base/errors.ts";
import { evaluateModel } from "../compute/evaluateModel.ts";
import type { TrainingRequest } from "../compute/messages.ts";
import { startTraining, type TrainingListener } from "../compute/startTraining.ts";
import { fill as fillText } from "../inference/fill.ts";
import { openModel } from "../inference/loadedModel.ts";
import { chooseRecipe, type RecipeChoice } from "../jobs/recipeChoice.ts";
import { computeOf } from "../jobs/runCompute.ts";
import type { FillResult } from "../protocol/outputs.ts";
import type { HeldOut } from "../protocol/scores.ts";
import type { Device } from "../session/devices.ts";
import { findModel, modelInUse, useModel } from "../store/models.ts";
import { checkRunFolder, findRun, readRunRecipe } from "../store/runs.ts";
import { applyResumeOverrides, parseRecipe } from "../train/recipe.ts";

export interface TrainOptions extends RecipeChoice {
	/** A folder or a .jsonl or .jsonl.xz file. */
	readonly corpus: string;
	/** A model to go on from: its name or path. */
	readonly from?: string;
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
	const { corpus, device, from, threads, out } = options;
	if (out !== undefined) checkRunFolder(out);
	const request: TrainingRequest = {
		kind: "train",
		corpus,
		recipe: chooseRecipe(options),
		device,
		...(from === undefined ? {} : { from: findModel(from) }),
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

/** Fills the masks of a text with the model named, or else the one in use. */
export async function fill(options: { text: string; model?: string; top: number }): Promise<FillResult> {
	const { text, model: name, top } = options;
	const model = openModel(modelFolder(name), { executionProvider: "cpu", threads: availableParallelism() });
	try {
		return await fillText(model, text, { top });
	} finally {
		await model.release();
	}
}

/** Scores the model named, or else the one in use, on a folder or file. */
export async function evaluateFill({ data, model }: { data: string; model?: string }): Promise<HeldOut> {
	return evaluateModel(modelFolder(model), data);
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
		useModel(model);
	} catch (error) {
		onWarning?.(`The model is not the one in use: ${error instanceof Error ? error.message : error}`);
	}
}

function modelFolder(name: string | undefined): string {
	if (name !== undefined) return findModel(name);
	const folder = modelInUse();
	if (folder !== undefined) return folder;
	throw new MaskwrightError(
		"notFound",
		"There is no model yet. Train one: maskwright train FOLDER, or name one with --model.",
	);
}
