import { isError, MaskwrightError } from "../base/errors.ts";
import { type Batch, collate, maskedCapacity } from "../data/collate.ts";
import type { EncoderConfig } from "../model/config.ts";
import { parameterSpecs } from "../model/parameters.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { createOptimizer } from "../optim/optimizers.ts";
import { learningRateFactor } from "../optim/schedules.ts";
import type { TrainingEvent } from "../protocol/events.ts";
import type { ExecutionProvider } from "../session/session.ts";
import { type BatchPlan, planBatches } from "./batches.ts";
import { progress, secondsLeft } from "./budget.ts";
import { saveCheckpoint, type TrainingState } from "./checkpointing.ts";
import { findBadTensor } from "./diagnosis.ts";
import type { Evaluator } from "./evaluator.ts";
import { createLossGuard, type LossGuard } from "./guard.ts";
import type { PreparedCorpus } from "./prepare.ts";
import type { Recipe } from "./recipe.ts";
import type { StepSpec } from "./stepGraph.ts";
import { type ModelState, Stepper, type StepResult } from "./stepper.ts";

/** All that a training loop needs; the folder exists and is locked by the caller. */
export interface TrainingRun {
	readonly recipe: Recipe;
	readonly config: EncoderConfig;
	readonly corpus: PreparedCorpus;
	readonly folder: string;
	readonly executionProvider: ExecutionProvider;
	readonly threads: number;
	readonly evaluator: Evaluator;
	readonly emit: (event: TrainingEvent) => void;
	/** Aborted to pause after the step under way. */
	readonly pause: AbortSignal;
	/** Aborted to end the budget after the step under way, though not before the first step. */
	readonly finish: AbortSignal;
	/** Seconds on a steady clock. */
	readonly clock: () => number;
	/** The clock's reading when this stretch of the run began; reading the corpus counts as running time. */
	readonly startedAt: number;
}

/** How a stretch of training ended: the budget spent (or ended early), paused, or stopped by the guard. */
export interface TrainingResult {
	readonly outcome: "done" | "paused" | "diverged";
	readonly model: ModelState;
	readonly state: TrainingState;
}

/** The graphs of a recipe's step at its whole batch. */
function stepSpecOf(recipe: Recipe, config: EncoderConfig): StepSpec {
	const { sequenceLength } = recipe.data;
	const rows = recipe.train.batchTokens / sequenceLength;
	return {
		config,
		optimizer: createOptimizer(recipe.optimizer),
		clipNorm: recipe.train.clipNorm,
		headRows: recipe.objective.rows,
		rows,
		sequenceLength,
		maskedRows: maskedCapacity(rows, sequenceLength, recipe.masking),
	};
}

/**
 * Trains from `start` until the budget is spent or ended, the run is paused or the guard stops it. Emits a `step` event for
 * every optimizer step. On the CPU with a fixed number of threads the steps are a pure function of recipe, corpus
 * and start (but for a budget in minutes, which sets the learning rate by the clock).
 * @throws `outOfMemory` when a single row does not fit, `storage` when a checkpoint cannot be written.
 */
export async function train(
	run: TrainingRun,
	start: { model: ModelState; state: TrainingState },
): Promise<TrainingResult> {
	const spec = stepSpecOf(run.recipe, run.config);
	const loop = new TrainingLoop(run, spec, start);
	try {
		return await loop.run();
	} finally {
		await loop.release();
	}
}

/** The loop of one stretch of a run; it owns the sessions. */
class TrainingLoop {
	#run: TrainingRun;
	#spec: StepSpec;
	#optimizer: Optimizer;
	#plan: BatchPlan;
	#stepper: Stepper;
	#guard: LossGuard;
	#model: ModelState;
	#state: TrainingState;
	#secondsBefore: number;
	#tokensPerSecond = 0;

	constructor(run: TrainingRun, spec: StepSpec, start: { model: ModelState; state: TrainingState }) {
		this.#run = run;
		this.#spec = spec;
		this.#optimizer = spec.optimizer;
		this.#plan = planBatches(run.corpus.train.count, spec.rows, run.recipe.train.seed);
		this.#guard = createLossGuard(start.state.guard);
		this.#model = start.model;
		this.#state = { ...start.state };
		this.#secondsBefore = start.state.seconds;
		this.#stepper = new Stepper({
			spec,
			microBatches: start.state.microBatches,
			executionProvider: run.executionProvider,
			threads: run.threads,
			onHalved: (rows) => run.emit({ event: "outOfMemory", microBatch: rows }),
		});
	}

	async run(): Promise<TrainingResult> {
		const { recipe, pause, finish } = this.#run;
		if (this.#state.steps === 0) await this.#checkpoint();
		while (this.#progress() < 1) {
			if (pause.aborted) return await this.#pauseHere();
			if (finish.aborted && this.#state.steps > 0) break;
			const bad = await this.#step();
			if (bad) return { outcome: "diverged", model: this.#model, state: this.#state };
			const { steps } = this.#state;
			if (steps % recipe.evaluation.everySteps === 0 && (await this.#evaluate())) break;
			if (steps % recipe.checkpoint.everySteps === 0 && this.#progress() < 1) await this.#checkpoint();
		}
		await this.#checkpoint();
		return { outcome: "done", model: this.#model, state: this.#state };
	}

	release(): Promise<void> {
		return this.#stepper.release();
	}

	/** Takes one step; true when the guard refused it and the run must stop. */
	async #step(): Promise<boolean> {
		const { recipe, emit } = this.#run;
		const began = this.#run.clock();
		const { steps } = this.#state;
		const batch = this.#batch(steps);
		const fraction = this.#progress();
		const learningRate = recipe.train.learningRate * learningRateFactor(recipe.schedule, { step: steps, fraction });
		const hyper = this.#optimizer.hyperparameters(steps, learningRate);
		const result = await this.#stepper.run(this.#model, batch, hyper);
		const verdict = this.#guard.judge(result.loss, result.gradientNorm);
		if (verdict !== "ok") {
			await this.#reportDivergence(batch, result);
			return true;
		}
		this.#model = this.#stepper.take(result, this.#model);
		this.#account(began);
		emit({
			event: "step",
			step: this.#state.steps,
			loss: result.loss,
			learningRate,
			gradientNorm: result.gradientNorm,
			tokens: this.#state.tokens,
			tokensPerSecond: this.#tokensPerSecond,
			secondsLeft: secondsLeft(recipe.train.budget, this.#state, {
				tokensPerSecond: this.#tokensPerSecond,
				batchTokens: recipe.train.batchTokens,
			}),
			seconds: this.#state.seconds,
			memoryBytes: process.memoryUsage.rss(),
		});
		return false;
	}

	#batch(step: number): Batch {
		const { recipe, corpus } = this.#run;
		const { rows, epochs } = this.#plan.at(step);
		const { mask, pad } = corpus.tokenizer.special;
		return collate(corpus.train, rows, {
			masking: recipe.masking,
			pieces: corpus.pieces,
			maskId: mask,
			padId: pad,
			seed: recipe.train.seed,
			epoch: epochs[0]!,
		});
	}

	#account(began: number): void {
		const { recipe, clock } = this.#run;
		const now = clock();
		const rate = recipe.train.batchTokens / Math.max(1e-6, now - began);
		this.#tokensPerSecond = this.#tokensPerSecond === 0 ? rate : 0.9 * this.#tokensPerSecond + 0.1 * rate;
		this.#state = {
			...this.#state,
			steps: this.#state.steps + 1,
			tokens: this.#state.tokens + recipe.train.batchTokens,
			seconds: this.#secondsBefore + now - this.#run.startedAt,
			guard: { ...this.#guard.state },
			microBatches: this.#stepper.microBatches,
		};
	}

	/** Scores the model; true when early stopping says that it no longer improves. */
	async #evaluate(): Promise<boolean> {
		const { evaluator, recipe, emit } = this.#run;
		const scores = await evaluator.evaluate(this.#model, "during");
		emit({ event: "evaluation", step: this.#state.steps, ...scores });
		const { best } = this.#state;
		const loss = scores.loss ?? Number.POSITIVE_INFINITY;
		const improved = best === null || loss < best.loss;
		const next = improved ? { loss, evaluationsAgo: 0 } : { ...best, evaluationsAgo: best.evaluationsAgo + 1 };
		this.#state = { ...this.#state, best: next };
		return recipe.evaluation.patience !== null && next.evaluationsAgo >= recipe.evaluation.patience;
	}

	async #checkpoint(): Promise<void> {
		const { folder, recipe, emit, config } = this.#run;
		const path = await saveCheckpoint(folder, {
			parameterNames: new Set(parameterSpecs(config).map(({ name }) => name)),
			model: this.#model,
			state: this.#state,
			keep: recipe.checkpoint.keep,
		});
		emit({ event: "checkpoint", step: this.#state.steps, path });
	}

	async #pauseHere(): Promise<TrainingResult> {
		await this.#checkpoint();
		this.#run.emit({ event: "paused", step: this.#state.steps });
		return { outcome: "paused", model: this.#model, state: this.#state };
	}

	async #reportDivergence(batch: Batch, result: StepResult): Promise<void> {
		const bad = await findBadTensor(this.#spec, this.#model, batch).catch((error: unknown) => {
			if (isError(error, "outOfMemory")) return undefined;
			throw error;
		});
		const finite = Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm);
		const kind = bad?.kind ?? (finite ? "jump" : Number.isNaN(result.loss) ? "nan" : "infinite");
		this.#run.emit({ event: "diverged", step: this.#state.steps + 1, tensor: bad?.tensor ?? "loss", kind });
	}

	#progress(): number {
		return progress(this.#run.recipe.train.budget, {
			...this.#state,
			seconds: this.#secondsBefore + this.#run.clock() - this.#run.startedAt,
		});
	}
}

/** Says what to do about a run that the guard stopped; the event before it names the tensor. */
export function divergedError(step: number, folder: string): MaskwrightError {
	return new MaskwrightError(
		"diverged",
		`Training broke down at step ${step}; the last good checkpoint is kept. Go on from it with a lower learning rate: maskwright resume ${folder} --set train.learningRate=...`,
	);
}
