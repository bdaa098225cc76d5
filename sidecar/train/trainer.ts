import { isError } from "../base/errors.ts";
import type { ParameterSpec } from "../model/parameters.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { createOptimizer } from "../optim/optimizers.ts";
import { learningRateFactor } from "../optim/schedules.ts";
import type { TrainingEvent } from "../protocol/events.ts";
import type { ExecutionProvider } from "../session/session.ts";
import { readCheckpoint } from "../store/checkpoints.ts";
import { progress, secondsLeft } from "./budget.ts";
import { restoreCheckpoint, saveCheckpoint, type TrainingState } from "./checkpointing.ts";
import { divergenceOf } from "./divergence.ts";
import { createLossGuard, type LossGuard } from "./guard.ts";
import { type ModelState, onHost } from "./modelState.ts";
import { phaseAt, type TrainingPhase } from "./phases.ts";
import type { Recipe } from "./recipe.ts";
import type { StepSpec } from "./stepGraph.ts";
import { Stepper } from "./stepper.ts";

/** All that a training loop needs; the folder exists and is locked by the caller. */
export interface TrainingRun {
	readonly recipe: Recipe;
	/** Every parameter that is trained. */
	readonly parameters: readonly ParameterSpec[];
	/** What is trained, in turn; the weights of the last phase are the result. */
	readonly phases: readonly TrainingPhase[];
	/** Parameters that are read and not trained, with their values; those of the model under an adapter. */
	readonly frozen?: ModelState;
	readonly folder: string;
	readonly executionProvider: ExecutionProvider;
	readonly threads: number;
	/** Whether the scores before the first step are taken too. */
	readonly scoresStart?: boolean;
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
	/** The last weights, or with `evaluation.patience` those of the best evaluation once the run is done. */
	readonly model: ModelState;
	/** The step that these weights had been trained for. */
	readonly modelStep: number;
	readonly state: TrainingState;
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
	const loop = new TrainingLoop(run, start);
	try {
		return await loop.run();
	} finally {
		await loop.release();
	}
}

/** The loop of one stretch of a run; it owns the sessions. */
class TrainingLoop {
	#run: TrainingRun;
	#phase: TrainingPhase;
	#spec: StepSpec;
	#optimizer: Optimizer;
	#stepper: Stepper;
	#guard: LossGuard;
	#model: ModelState;
	#state: TrainingState;
	#secondsBefore: number;
	#tokensPerSecond = 0;

	constructor(run: TrainingRun, start: { model: ModelState; state: TrainingState }) {
		this.#run = run;
		this.#optimizer = createOptimizer(run.recipe.optimizer);
		this.#guard = createLossGuard(start.state.guard);
		this.#model = start.model;
		this.#state = { ...start.state };
		this.#secondsBefore = start.state.seconds;
		this.#phase = run.phases.find(({ name }) => name === (start.state.phase ?? undefined)) ?? run.phases[0]!;
		this.#spec = this.#specOf(this.#phase);
		this.#stepper = this.#createStepper();
	}

	#specOf({ task }: TrainingPhase): StepSpec {
		const { parameters, recipe, frozen = new Map() } = this.#run;
		const still = [...frozen].map(([name, { shape }]) => ({ name, shape }));
		return { parameters, frozen: still, optimizer: this.#optimizer, clipNorm: recipe.train.clipNorm, task };
	}

	#createStepper(): Stepper {
		const { executionProvider, threads, emit, frozen = new Map() } = this.#run;
		return new Stepper({
			spec: this.#spec,
			microBatches: this.#state.microBatches,
			frozen,
			executionProvider,
			threads,
			onHalved: (rows) => emit({ event: "outOfMemory", microBatch: rows }),
		});
	}

	async run(): Promise<TrainingResult> {
		const { recipe, phases, pause, finish, emit } = this.#run;
		if (this.#state.steps === 0) {
			await this.#checkpoint();
			if (this.#run.scoresStart) {
				// By the evaluator that gives the closing scores.
				const scores = await phases.at(-1)!.evaluator.evaluate(this.#whole(), "start");
				emit({ event: "evaluation", step: 0, ...scores });
			}
		}
		while (this.#progress() < 1) {
			if (pause.aborted) return await this.#pauseHere();
			if (finish.aborted && this.#state.steps > 0) break;
			await this.#enterPhase();
			const bad = await this.#step();
			if (bad) return this.#end("diverged");
			const { steps } = this.#state;
			if (steps % recipe.evaluation.everySteps === 0 && (await this.#evaluate())) break;
			const due = steps % recipe.checkpoint.everySteps === 0 || this.#state.best?.step === steps;
			if (due && this.#progress() < 1) await this.#checkpoint();
		}
		// The last weights may be the best ones: a run that keeps these scores them too.
		const scored = this.#state.steps % recipe.evaluation.everySteps === 0;
		if (recipe.evaluation.patience !== null && !scored) await this.#evaluate();
		await this.#checkpoint();
		return { ...this.#end("done"), ...this.#bestModel() };
	}

	release(): Promise<void> {
		return this.#stepper.release();
	}

	/** Every parameter as it is now, those that are not trained too. */
	#whole(): ModelState {
		return new Map([...(this.#run.frozen ?? []), ...this.#model]);
	}

	/** Goes over to the phase that the next step belongs to, with weights and optimizer state as they are. */
	async #enterPhase(): Promise<void> {
		const { phases, emit } = this.#run;
		const next = phaseAt(phases, this.#progress(), this.#phase);
		if (next !== this.#phase) {
			this.#model = await onHost(this.#model); // before the session goes that holds it
			await this.#stepper.release();
			await this.#phase.evaluator.release();
			this.#phase = next;
			this.#spec = this.#specOf(next);
			this.#stepper = this.#createStepper();
			this.#guard = createLossGuard(); // another objective has another loss: its jump is no divergence
			this.#state = { ...this.#state, best: null };
		}
		if (next.name === undefined || next.name === this.#state.phase) return;
		const { name: objective, attention = "full" } = next.recipe.objective as { name: string; attention?: string };
		emit({ event: "phase", step: this.#state.steps + 1, phase: next.name, objective, attention });
	}

	/** Takes one step; true when the guard refused it and the run must stop. */
	async #step(): Promise<boolean> {
		const { recipe, emit } = this.#run;
		const began = this.#run.clock();
		const { steps } = this.#state;
		const batch = this.#phase.task.batch(steps);
		const fraction = this.#progress();
		const learningRate = recipe.train.learningRate * learningRateFactor(recipe.schedule, { step: steps, fraction });
		const hyper = this.#optimizer.hyperparameters(steps, learningRate);
		const result = await this.#stepper.run(this.#model, batch, hyper);
		const verdict = this.#guard.judge(result.loss, result.gradientNorm);
		if (verdict !== "ok") {
			const stopped = await divergenceOf(result, { spec: this.#spec, state: this.#whole(), batch });
			emit({ event: "diverged", step: steps + 1, ...stopped });
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
			...(this.#phase.name === undefined ? {} : { phase: this.#phase.name }),
			memoryBytes: process.memoryUsage.rss(),
		});
		return false;
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
			phase: this.#phase.name ?? null,
		};
	}

	/** Scores the model; true when early stopping says that it no longer improves. */
	async #evaluate(): Promise<boolean> {
		const { phases, recipe, emit } = this.#run;
		const scores = await this.#phase.evaluator.evaluate(this.#whole(), "during");
		emit({ event: "evaluation", step: this.#state.steps, ...scores });
		if (this.#phase !== phases.at(-1)) return false; // what a model of an earlier phase scores ends no run
		const { best } = this.#state;
		const loss = scores.loss ?? Number.POSITIVE_INFINITY;
		const improved = best === null || loss < best.loss;
		const { patience } = recipe.evaluation;
		const step = patience === null ? null : this.#state.steps;
		const next = improved ? { loss, evaluationsAgo: 0, step } : { ...best, evaluationsAgo: best.evaluationsAgo + 1 };
		this.#state = { ...this.#state, best: next };
		return patience !== null && next.evaluationsAgo >= patience;
	}

	/** The weights of the best evaluation, where early stopping has kept them and they are sound. */
	#bestModel(): { model: ModelState; modelStep: number } | undefined {
		const step = this.#state.best?.step;
		if (this.#run.recipe.evaluation.patience === null || step == null || step === this.#state.steps) return undefined;
		try {
			return { model: restoreCheckpoint(readCheckpoint(this.#run.folder, step)).model, modelStep: step };
		} catch (error) {
			if (isError(error, "checkpointInvalid")) return undefined; // the last weights are a model too
			throw error;
		}
	}

	async #checkpoint(): Promise<void> {
		const { folder, recipe, emit, parameters } = this.#run;
		const path = await saveCheckpoint(folder, {
			parameterNames: new Set(parameters.map(({ name }) => name)),
			model: this.#model,
			state: this.#state,
			keep: recipe.checkpoint.keep,
		});
		emit({ event: "checkpoint", step: this.#state.steps, path });
	}

	async #pauseHere(): Promise<TrainingResult> {
		await this.#checkpoint();
		this.#run.emit({ event: "paused", step: this.#state.steps });
		return this.#end("paused");
	}

	#end(outcome: TrainingResult["outcome"]): TrainingResult {
		return { outcome, model: this.#model, modelStep: this.#state.steps, state: this.#state };
	}

	#progress(): number {
		return progress(this.#run.recipe.train.budget, {
			...this.#state,
			seconds: this.#secondsBefore + this.#run.clock() - this.#run.startedAt,
		});
	}
}
