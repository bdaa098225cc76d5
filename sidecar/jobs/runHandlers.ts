import { existsSync } from "node:fs";
import { basename } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import type { RunStatus } from "../protocol/runs.ts";
import { checkpointSteps } from "../store/checkpoints.ts";
import { runLayout } from "../store/layout.ts";
import { modelInUse } from "../store/modelInUse.ts";
import { type RunJob, readRunJob, writeRunJob } from "../store/runJob.ts";
import { createRun, findRun, readRunRecipe, removeRun, runFolders, saveRunRecipe } from "../store/runs.ts";
import { parseRecipe } from "../train/recipe.ts";
import { applyResumeOverrides } from "../train/recipeChanges.ts";
import type { JobHandlers } from "./handlers.ts";
import { absolute } from "./paths.ts";
import { pauseTerminalRun } from "./pauseTerminalRun.ts";
import { createRunReader } from "./readRun.ts";
import { chooseTraining } from "./recipeChoice.ts";
import type { RunQueue } from "./runQueue.ts";
import { statusOnDisk } from "./runStatus.ts";
import type { StatusTeller } from "./statusTeller.ts";
import type { TerminalRuns } from "./terminalRuns.ts";

interface Context {
	readonly home: string | undefined;
	readonly queue: RunQueue;
	readonly terminalRuns: TerminalRuns;
	readonly statuses: StatusTeller;
	/** Told when a run was discarded whose model was in use. */
	readonly onModelGone: () => void;
}

type RunHandlers = Pick<
	JobHandlers,
	"listRuns" | "startRun" | "pauseRun" | "resumeRun" | "stopRun" | "discardRun" | "readRun"
>;

/** What can be asked about runs. */
export function runHandlers(context: Context): RunHandlers {
	const { home } = context;
	const folderOf = (run: string): string => findRun(run, home === undefined ? {} : { home });
	const reader = createRunReader();
	return {
		listRuns: () => listRuns(context),
		startRun: (params) => startRun(params, context),
		pauseRun: async ({ run }, { signal }) => {
			const path = folderOf(run);
			if (context.queue.status(path) !== undefined) await context.queue.pause(path);
			else await pauseTerminalRun(await statusOf(path, context), signal);
			return {};
		},
		resumeRun: async ({ run, set }) => {
			await resumeRun(folderOf(run), { set, context });
			return {};
		},
		stopRun: async ({ run }) => {
			await stopRun(folderOf(run), context);
			return {};
		},
		discardRun: async ({ run }) => {
			await discardRun(folderOf(run), context);
			return {};
		},
		readRun: async ({ run, from }) => reader(folderOf(run), from),
	};
}

async function listRuns(context: Context): Promise<RunStatus[]> {
	const statuses: RunStatus[] = [];
	for (const path of runFolders(context.home)) statuses.push(await statusOf(path, context));
	return statuses;
}

async function statusOf(path: string, { queue, terminalRuns }: Context): Promise<RunStatus> {
	return queue.status(path) ?? terminalRuns.status(path) ?? (await statusOnDisk(path));
}

/** What can be seen to be wrong is found before the run's folder is made; the rest makes a run that failed. */
async function startRun(
	params: Parameters<JobHandlers["startRun"]>[0],
	{ home, queue }: Context,
): Promise<{ run: string; path: string }> {
	const at = home === undefined ? {} : { home };
	const { set, budget, seed, device, threads, from } = params;
	const corpus = absolute(params.corpus);
	if (!existsSync(corpus)) throw new MaskwrightError("notFound", `${corpus} does not exist. Check the path.`);
	const choice = {
		set,
		...(params.recipe === undefined ? {} : { recipe: params.recipe }),
		...(from === undefined ? {} : { from }),
		...(budget === undefined ? {} : { budget }),
		...(seed === undefined ? {} : { seed }),
	};
	const { recipe, from: model = null } = chooseTraining(choice, at);
	const path = createRun(recipe.name, recipe, at);
	writeRunJob(path, { corpus, device, threads: threads ?? null, from: model, failure: null });
	await queue.add(path, { finish: false });
	return { run: basename(path), path };
}

async function resumeRun(path: string, { set, context }: { set: readonly string[]; context: Context }): Promise<void> {
	const { run, state } = await statusOf(path, context);
	const queued = context.queue.status(path) !== undefined;
	if (queued && state === "interrupted") {
		throw new MaskwrightError("wrongState", `The process of ${run} died; it starts again by itself within seconds.`);
	}
	if (queued || state === "running" || state === "preparing") {
		throw new MaskwrightError("wrongState", `${run} is ${state} already.`);
	}
	if (state === "done" && set.length === 0) {
		throw new MaskwrightError(
			"wrongState",
			`${run} is done. To train it further, give it a larger budget, such as train.budget={"minutes":10}.`,
		);
	}
	const recipe = applyResumeOverrides(parseRecipe(readRunRecipe(path), path), set);
	await enqueue(path, { finish: false, context }, () => saveRunRecipe(path, recipe));
}

/** A run with steps is scored and keeps its model; of one without there is nothing to keep. */
async function stopRun(path: string, context: Context): Promise<void> {
	const { queue } = context;
	const { run, state, step } = await statusOf(path, context);
	const trained = step > 0 || checkpointSteps(path).some((taken) => taken > 0);
	if (state === "done") throw new MaskwrightError("wrongState", `${run} is done already.`);
	if (queue.status(path) === undefined && (state === "running" || state === "preparing")) {
		throw new MaskwrightError(
			"wrongState",
			`${run} is trained from a terminal. Pause it first; then it can be stopped here.`,
		);
	}
	if (!trained && state !== "running") return await discardRun(path, context);
	if (queue.status(path) !== undefined) queue.finish(path);
	else await enqueue(path, { finish: true, context });
}

async function discardRun(path: string, { home, queue, statuses, onModelGone }: Context): Promise<void> {
	const at = home === undefined ? {} : { home };
	const inUse = modelInUse(at) === runLayout(path).model;
	await queue.drop(path);
	removeRun(path, at);
	statuses.gone(path);
	if (inUse) onModelGone();
}

/** Puts a run that stands still into the queue, without its last failure. */
async function enqueue(
	path: string,
	{ finish, context }: { finish: boolean; context: Context },
	prepare: () => void = () => {},
): Promise<void> {
	const job: RunJob = readRunJob(path) ?? { corpus: null, device: "auto", threads: null, from: null, failure: null };
	if (job.corpus === null && checkpointSteps(path).length === 0) {
		throw new MaskwrightError("checkpointInvalid", `${path} has no checkpoint to go on from. Train again.`);
	}
	prepare();
	writeRunJob(path, { ...job, failure: null });
	await context.queue.add(path, { finish });
}
