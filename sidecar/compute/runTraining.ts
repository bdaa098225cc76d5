import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { countNgrams, type NgramModel } from "../data/ngrams.ts";
import { type EncoderConfig, encoderConfigSchema } from "../model/config.ts";
import { initialParameters } from "../model/parameters.ts";
import { createOptimizer } from "../optim/optimizers.ts";
import type { TrainingEvent } from "../protocol/events.ts";
import { chooseDevice } from "../session/devices.ts";
import type { ExecutionProvider } from "../session/session.ts";
import { latestCheckpoint, removeCheckpointsAfter } from "../store/checkpoints.ts";
import { type MetricsLog, openMetrics } from "../store/metrics.ts";
import { lockRun } from "../store/runLock.ts";
import { checkRunFolder, createRun, saveRunRecipe } from "../store/runs.ts";
import { freshTrainingState, restoreCheckpoint, type TrainingState } from "../train/checkpointing.ts";
import { loadCorpus, saveCorpus } from "../train/corpusFile.ts";
import { createEvaluator } from "../train/evaluator.ts";
import { type PreparedCorpus, prepareCorpus } from "../train/prepare.ts";
import { parseRecipe, type Recipe } from "../train/recipe.ts";
import { initialState, type ModelState } from "../train/stepper.ts";
import { divergedError, train } from "../train/trainer.ts";
import type { FinishedRun } from "./finishedRun.ts";
import { finishRun } from "./finishRun.ts";
import type { PreparationProgress, TrainingRequest } from "./messages.ts";
import { loadStart } from "./startingModel.ts";

export interface TrainingHost {
	/** Told each event with its line in the run's metrics, counted from 0. */
	readonly emit: (event: TrainingEvent, line: number) => void;
	readonly preparing: (progress: PreparationProgress) => void;
	/** Told when the last step is taken and the closing scores begin. */
	readonly finishing: () => void;
	readonly warn: (message: string) => void;
	readonly pause: AbortSignal;
	/** Aborted to end the budget after the step under way. */
	readonly finish: AbortSignal;
}

/** Where a stretch of training begins. */
interface Start {
	/** What was asked for, with the model of the run: that of another model when it trains on from one. */
	readonly recipe: Recipe;
	readonly folder: string;
	readonly corpus: PreparedCorpus;
	readonly config: EncoderConfig;
	readonly model: ModelState;
	readonly state: TrainingState;
}

/** Trains a new run or goes on with one, to its end: checkpoints, scores and, when the budget is spent, the model. */
export async function runTraining(request: TrainingRequest, host: TrainingHost): Promise<void> {
	const startedAt = now();
	const { executionProvider } = await chooseDevice(request.device);
	const threads = request.threads ?? availableParallelism();
	let lock = request.run === undefined ? undefined : lockRun(request.run);
	try {
		const start = request.kind === "train" ? await beginRun(request, host) : resumeRun(request, host);
		lock ??= lockRun(start.folder);
		await trainStretch(start, { executionProvider, threads, startedAt, device: request.device, host });
	} finally {
		lock?.release();
	}
}

/** One stretch of a locked run, every event of it recorded. */
async function trainStretch(
	start: Start,
	context: {
		executionProvider: ExecutionProvider;
		threads: number;
		startedAt: number;
		device: TrainingRequest["device"];
		host: TrainingHost;
	},
): Promise<void> {
	const { host, ...compute } = context;
	const metrics = openMetrics(start.folder, { afterStep: start.state.steps });
	try {
		const emit = recorder(host, metrics);
		announce(start, { ...compute, emit });
		host.preparing({ stage: "counting", done: 0 });
		const ngrams = countNgrams(start.corpus.train, start.corpus.pieces);
		await trainAndFinish(start, { ...compute, ngrams, emit, host });
		metrics.sync();
	} finally {
		metrics.close();
	}
}

async function trainAndFinish(
	start: Start,
	context: {
		executionProvider: ExecutionProvider;
		threads: number;
		startedAt: number;
		ngrams: NgramModel;
		emit: (event: TrainingEvent) => void;
		host: TrainingHost;
	},
): Promise<void> {
	const { recipe, corpus, config, folder } = start;
	const { pause, finish, finishing } = context.host;
	const evaluator = createEvaluator({ recipe, config, corpus, ...context });
	try {
		const run = { recipe, config, corpus, folder, evaluator, clock: now, pause, finish, ...context };
		const result = await train(run, start);
		if (result.outcome === "diverged") throw divergedError(result.state.steps + 1, folder);
		if (result.outcome === "paused") return;
		finishing();
		const heldOut = await evaluator.evaluate(result.model, "final");
		const finished: FinishedRun = { recipe, folder, corpus, config, ngrams: context.ngrams, heldOut, ...result };
		const modelFolder = await finishRun(finished);
		context.emit({
			event: "done",
			run: basename(folder),
			path: folder,
			model: modelFolder,
			steps: result.state.steps,
			seconds: result.state.seconds,
			tokens: result.state.tokens,
			heldOut,
			peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
		});
	} finally {
		await evaluator.release();
	}
}

/** Everything that can be wrong is found before the run's folder is made, unless it is there already. */
async function beginRun(request: TrainingRequest & { kind: "train" }, host: TrainingHost): Promise<Start> {
	const { out } = request;
	if (out !== undefined) checkRunFolder(out);
	const from = request.from === undefined ? undefined : loadStart(request.from);
	const recipe = from === undefined ? request.recipe : withModelOf(request.recipe, from.config);
	const corpus = await prepareCorpus(request.corpus, recipe, {
		signal: host.pause,
		onProgress: (stage, done) => host.preparing({ stage, done }),
		...(from === undefined ? {} : { tokenizer: from.tokenizer }),
	});
	if (host.pause.aborted)
		throw new MaskwrightError("interrupted", "Stopped before the run began; nothing was written.");
	const config = configOf(recipe, corpus);
	const parameters = from?.parameters ?? initialParameters(config, recipe.train.seed);
	const model = initialState({ config, optimizer: createOptimizer(recipe.optimizer) }, parameters);
	const folder = request.run ?? createRun(recipe.name, recipe, out === undefined ? {} : { out });
	if (request.run !== undefined) saveRunRecipe(folder, recipe);
	saveCorpus(folder, corpus);
	return { recipe, folder, corpus, config, model, state: freshTrainingState(microBatchesOf(recipe)) };
}

function resumeRun(request: TrainingRequest & { kind: "resume" }, host: TrainingHost): Start {
	const { run: folder, recipe } = request;
	const checkpoint = latestCheckpoint(folder);
	if (checkpoint === undefined) {
		throw new MaskwrightError("checkpointInvalid", `${folder} has no sound checkpoint to go on from. Train again.`);
	}
	for (const { step, why } of checkpoint.skipped) {
		host.warn(`The checkpoint at step ${step} was passed over: ${why} Going on from step ${checkpoint.step}.`);
	}
	const corpus = loadCorpus(folder);
	const { model, state } = restoreCheckpoint(checkpoint);
	removeCheckpointsAfter(folder, checkpoint.step);
	saveRunRecipe(folder, recipe);
	return { recipe, folder, corpus, config: configOf(recipe, corpus), model, state };
}

/** The encoder of a recipe with what the tokenizer decides. */
function configOf(recipe: Recipe, corpus: PreparedCorpus): EncoderConfig {
	const { vocabularySize, special } = corpus.tokenizer;
	return encoderConfigSchema.parse({ ...recipe.model, vocabularySize, paddingId: special.pad });
}

function microBatchesOf({ train }: Recipe): number {
	return train.batchTokens / (train.microBatchTokens ?? train.batchTokens);
}

/** The recipe with the model that is trained on: its own shape counts, whatever the recipe says. */
function withModelOf(recipe: Recipe, config: EncoderConfig): Recipe {
	const { vocabularySize: _, paddingId: __, ...model } = config;
	return parseRecipe({ ...recipe, model }, "The recipe with the model to train on from");
}

function announce(
	{ recipe, folder, corpus }: Start,
	context: {
		executionProvider: ExecutionProvider;
		threads: number;
		device: TrainingRequest["device"];
		emit: (event: TrainingEvent) => void;
	},
): void {
	const { executionProvider, threads, device, emit } = context;
	const run = basename(folder);
	const { seed } = recipe.train;
	emit({ event: "run", run, path: folder, recipe: recipe.name, seed, device, executionProvider, threads });
	const { files, heldOutFiles, tokens, train } = corpus;
	emit({ event: "corpus", files, heldOutFiles, tokens, wasted: train.wasted / train.tokens.length });
}

/** Writes each event to the run's metrics before it is told; syncs where something depends on it. */
function recorder(host: TrainingHost, metrics: MetricsLog): (event: TrainingEvent) => void {
	return (event) => {
		const line = metrics.append(event);
		if (event.event !== "step") metrics.sync();
		host.emit(event, line);
	};
}

/** Seconds on a steady clock. */
function now(): number {
	return performance.now() / 1000;
}
