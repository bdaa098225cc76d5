import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { countNgrams, type NgramModel } from "../data/ngrams.ts";
import type { EncoderConfig } from "../model/config.ts";
import { initialParameters } from "../model/parameters.ts";
import { createOptimizer } from "../optim/optimizers.ts";
import type { TrainingEvent, TrainingEventOf } from "../protocol/events.ts";
import { type HeldOut, modelScoresSchema } from "../protocol/scores.ts";
import { chooseDevice } from "../session/devices.ts";
import type { ExecutionProvider } from "../session/session.ts";
import { type BaseIdentity, requireBaseModel } from "../store/adapters.ts";
import { latestCheckpoint, removeCheckpointsAfter } from "../store/checkpoints.ts";
import { type MetricsLog, openMetrics } from "../store/metrics.ts";
import { createMetricsReader } from "../store/metricsReader.ts";
import { lockRun } from "../store/runLock.ts";
import { checkRunFolder, createRun, saveRunRecipe } from "../store/runs.ts";
import { freshTrainingState, restoreCheckpoint, type TrainingState } from "../train/checkpointing.ts";
import { loadCorpus, saveCorpus } from "../train/corpusFile.ts";
import { divergedError } from "../train/divergence.ts";
import { encoderOf } from "../train/encoderOf.ts";
import { initialState, type ModelState } from "../train/modelState.ts";
import { trainingPhases } from "../train/phases.ts";
import { prepareCorpus } from "../train/prepare.ts";
import type { PreparedCorpus } from "../train/preparedCorpus.ts";
import { parseRecipe, type Recipe, type RecipeOf } from "../train/recipe.ts";
import { taskOf, trainedParameters } from "../train/tasks/tasks.ts";
import { train } from "../train/trainer.ts";
import type { FinishedRun } from "./finishedRun.ts";
import { finishRun } from "./finishRun.ts";
import { freeze, requirePlaces, thaw, withoutBase } from "./frozenBase.ts";
import type { PreparationProgress, TrainingRequest } from "./messages.ts";
import { loadStart, type StartingModel } from "./startingModel.ts";

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

/** Of the metrics: the run, its corpus, its first checkpoint and the scores before its first step stand among them. */
const linesBeforeSteps = 20;

/** Where a stretch of training begins. */
interface Start {
	/** What was asked for, with the model of the run: that of another model when it trains on from one. */
	readonly recipe: Recipe;
	readonly folder: string;
	readonly corpus: PreparedCorpus;
	readonly config: EncoderConfig;
	readonly model: ModelState;
	/** The weights under an adapter, which stay as they are, and whose they are. */
	readonly frozen: ModelState;
	readonly base: BaseIdentity | undefined;
	readonly state: TrainingState;
	/** Where the corpus supports a smaller vocabulary than was asked for. */
	readonly vocabulary?: TrainingEventOf<"corpus">["vocabulary"];
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
	const task = taskOf(recipe);
	const before = await scoresBefore(folder);
	const phases = trainingPhases(recipe, { config, corpus, ...context, ...(before === undefined ? {} : { before }) });
	try {
		const parameters = trainedParameters(recipe, config);
		// What another model could do already is a result beside what this run makes of it.
		const { scoresStart = recipe.from !== undefined } = task;
		const run = {
			recipe,
			parameters,
			phases,
			frozen: start.frozen,
			scoresStart,
			folder,
			clock: now,
			pause,
			finish,
			...context,
		};
		const result = await train(run, start);
		if (result.outcome === "diverged") throw divergedError(result.state.steps + 1, folder);
		if (result.outcome === "paused") return;
		finishing();
		const whole = new Map([...start.frozen, ...result.model]);
		const heldOut = await phases.at(-1)!.evaluator.evaluate(whole, "final");
		const { base } = start;
		const finished: FinishedRun = { recipe, folder, corpus, config, base, ngrams: context.ngrams, heldOut, ...result };
		const modelFolder = await finishRun(finished);
		context.emit({
			event: "done",
			run: basename(folder),
			path: folder,
			model: modelFolder,
			steps: result.state.steps,
			...(result.modelStep === result.state.steps ? {} : { modelStep: result.modelStep }),
			seconds: result.state.seconds,
			tokens: result.state.tokens,
			heldOut,
			peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
		});
	} finally {
		for (const { evaluator } of phases) await evaluator.release();
	}
}

/** The scores that an earlier stretch of the run took before its first step. */
async function scoresBefore(folder: string): Promise<HeldOut["before"]> {
	const { lines } = await createMetricsReader(folder).read(0, linesBeforeSteps);
	const first = lines.find(({ event }) => event.event === "evaluation" && event["step"] === 0);
	return modelScoresSchema.safeParse(first?.event).data;
}

/** Everything that can be wrong is found before the run's folder is made, unless it is there already. */
async function beginRun(request: TrainingRequest & { kind: "train" }, host: TrainingHost): Promise<Start> {
	const { out } = request;
	if (out !== undefined) checkRunFolder(out);
	if (request.recipe.adapter !== undefined) requireBaseModel(request.from);
	const from = request.from === undefined ? undefined : loadStart(request.from);
	const asked = from === undefined ? request.recipe : withModelOf(request.recipe, from);
	const corpus = await prepareCorpus(request.corpus, asked, {
		signal: host.pause,
		onProgress: (stage, done) => host.preparing({ stage, done }),
		...(from === undefined ? {} : { start: from }),
	});
	if (host.pause.aborted)
		throw new MaskwrightError("interrupted", "Stopped before the run began; nothing was written.");
	const { recipe, vocabulary } = from === undefined ? fitted(asked, corpus) : { recipe: asked };
	const config = encoderOf(recipe, corpus.tokenizer);
	const parameters = trainedParameters(recipe, config);
	if (recipe.adapter !== undefined) requirePlaces(config);
	const values = new Map([...initialParameters(parameters, recipe.train.seed), ...(from?.parameters ?? [])]);
	const model = initialState({ parameters, optimizer: createOptimizer(recipe.optimizer) }, values);
	const folder = request.run ?? createRun(recipe.name, recipe, out === undefined ? {} : { out });
	if (request.run !== undefined) saveRunRecipe(folder, recipe);
	saveCorpus(folder, corpus);
	const under = recipe.adapter === undefined ? withoutBase : freeze(request.from!, from!, { folder, recipe, config });
	const start = { recipe, folder, corpus, config, model, ...under, state: freshTrainingState(microBatchesOf(recipe)) };
	return vocabulary === undefined ? start : { ...start, vocabulary };
}

/** The recipe with the vocabulary that its corpus supports, where that is smaller than the one asked for. */
function fitted(recipe: Recipe, { tokenizer }: PreparedCorpus): Pick<Start, "recipe" | "vocabulary"> {
	const { vocabularySize: asked, alphabet } = recipe.tokenizer;
	const { vocabularySize: size } = tokenizer;
	if (alphabet !== undefined || size === asked) return { recipe };
	return {
		recipe: { ...recipe, tokenizer: { ...recipe.tokenizer, vocabularySize: size } },
		vocabulary: { size, asked },
	};
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
	const config = encoderOf(recipe, corpus.tokenizer);
	const under = recipe.adapter === undefined ? withoutBase : thaw({ folder, recipe, config });
	return { recipe, folder, corpus, config, model, ...under, state };
}

function microBatchesOf({ train }: Recipe): number {
	return train.batchTokens / (train.microBatchTokens ?? train.batchTokens);
}

/** The recipe with the model that is trained on: its own shape counts, whatever the recipe says. */
function withModelOf(recipe: Recipe, { config, embedding, tokenizer }: StartingModel): Recipe {
	const { vocabularySize, paddingId: _, ...shape } = config;
	const model = vocabularySize === tokenizer.vocabularySize ? shape : { ...shape, vocabularySize };
	const { objective } = recipe;
	// Its tokenizer knows what it was trained on: source, unless it is of a run for search on words.
	const read = objective.name === "codeSearch" ? searchOf(objective, embedding) : objective;
	// Functions longer than the model holds are cut; most still say what they do.
	const longest = objective.name === "codeSearch" ? config.maxPositions : recipe.data.sequenceLength;
	const data = { ...recipe.data, sequenceLength: Math.min(recipe.data.sequenceLength, longest) };
	return parseRecipe({ ...recipe, model, data, objective: read }, "The recipe with the model to train on from");
}

/** What a run for search takes over of the model: what it reads, and its sizes where the recipe names none. */
function searchOf(
	objective: RecipeOf<"codeSearch">["objective"],
	{ text, sizes = [] }: StartingModel["embedding"],
): RecipeOf<"codeSearch">["objective"] {
	const { smallerSizes } = objective;
	return { ...objective, text, smallerSizes: smallerSizes.length > 0 ? smallerSizes : sizes.slice(1) };
}

function announce(
	{ recipe, folder, corpus, vocabulary }: Start,
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
	const { files, heldOutFiles, tokens, positions, padding } = corpus;
	const fit = vocabulary === undefined ? {} : { vocabulary };
	emit({ event: "corpus", files, heldOutFiles, tokens, wasted: padding / positions, ...fit });
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
