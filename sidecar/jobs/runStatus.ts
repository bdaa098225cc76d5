import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { type TrainingEvent, trainingEventSchema } from "../protocol/events.ts";
import type { RunStatus } from "../protocol/runs.ts";
import { heldOutSchema } from "../protocol/scores.ts";
import { checkpointSteps } from "../store/checkpoints.ts";
import { runLayout } from "../store/layout.ts";
import { createMetricsReader, metricsBackwards } from "../store/metricsReader.ts";
import { holdsModel } from "../store/modelFolder.ts";
import { type RunJob, readRunJob } from "../store/runJob.ts";
import { runHolder } from "../store/runLock.ts";
import { readRunRecipe, recipeName } from "../store/runs.ts";
import { type Budget, budgetSchema, progress } from "../train/budget.ts";

/** What the disk tells of a run that this sidecar does not train. */
export async function statusOnDisk(path: string): Promise<RunStatus> {
	const job = readRunJob(path);
	let status: RunStatus = {
		run: basename(path),
		path,
		recipe: recipeName(path),
		corpus: job?.corpus ?? null,
		state: "new",
		stage: null,
		step: 0,
		loss: null,
		secondsLeft: null,
		tokensPerSecond: null,
		progress: null,
		memoryBytes: null,
		executionProvider: null,
		message: null,
		heldOut: null,
		model: null,
		own: true,
	};
	const events = await lastEvents(path);
	const budget = budgetOf(path);
	for (const event of events) status = afterEvent(status, event, budget);
	if (status.step === 0) status = { ...status, step: checkpointSteps(path).at(-1) ?? 0 };
	const model = runLayout(path).model;
	return {
		...status,
		tokensPerSecond: null,
		...stateOnDisk(path, { last: events.at(-1)?.event, job }),
		model: holdsModel(model) ? model : null,
		changedAt: changedAt(path),
	};
}

/** When a run last said something, by its metrics, or when it was made. */
function changedAt(path: string): string | null {
	const { metrics, recipe } = runLayout(path);
	const found = [metrics, recipe].map((file) => statSync(file, { throwIfNoEntry: false }));
	return found.find((file) => file !== undefined)?.mtime.toISOString() ?? null;
}

/** A run's status after one more of its events. */
export function afterEvent(status: RunStatus, event: TrainingEvent, budget: Budget | undefined): RunStatus {
	switch (event.event) {
		case "run":
			return {
				...status,
				state: "running",
				stage: null,
				message: null,
				executionProvider: event.executionProvider,
			};
		case "step": {
			const { step, loss, secondsLeft, tokensPerSecond, tokens } = event;
			const spent = budget === undefined ? null : shareSpent(budget, { steps: step, tokens, secondsLeft });
			return { ...status, state: "running", stage: null, step, loss, secondsLeft, tokensPerSecond, progress: spent };
		}
		case "evaluation":
			return { ...status, heldOut: heldOutSchema.parse(event) };
		case "paused":
			return { ...status, state: "paused", tokensPerSecond: null };
		case "diverged":
			return { ...status, state: "diverged", tokensPerSecond: null };
		case "done": {
			const { heldOut, model, steps: step } = event;
			const rest = { secondsLeft: 0, progress: 1, tokensPerSecond: null };
			return { ...status, state: "done", stage: null, heldOut, model, step, ...rest };
		}
		default:
			return status;
	}
}

/** How long the run of a folder goes on; undefined when its recipe does not say. */
export function budgetOf(path: string): Budget | undefined {
	try {
		const recipe = readRunRecipe(path) as { train?: { budget?: unknown } } | null;
		return budgetSchema.safeParse(recipe?.train?.budget).data;
	} catch {
		return undefined;
	}
}

/** The last event of each kind that the status depends on, oldest first. */
async function lastEvents(path: string): Promise<TrainingEvent[]> {
	const found = new Map<string, TrainingEvent>();
	for await (const line of metricsBackwards(path, (event) => telling.has(event) && !found.has(event))) {
		const known = trainingEventSchema.safeParse(line).data;
		if (known !== undefined) found.set(known.event, known);
		if (found.has("step") && (found.has("evaluation") || found.has("done"))) break;
	}
	if (!found.has("run")) {
		const { lines } = await createMetricsReader(path).read(0, 20);
		const run = trainingEventSchema.safeParse(lines.find(({ event }) => event.event === "run")?.event).data;
		if (run !== undefined) found.set("run", run);
	}
	return [...found.values()].reverse();
}

const telling: ReadonlySet<string> = new Set(["run", "step", "evaluation", "paused", "diverged", "done"]);

function stateOnDisk(
	path: string,
	{ last, job }: { last: TrainingEvent["event"] | undefined; job: RunJob | undefined },
): Pick<RunStatus, "state" | "message" | "own"> {
	if (runHolder(path) !== undefined) {
		return { state: last === undefined ? "preparing" : "running", message: null, own: false };
	}
	return { own: true, ...restingState(path, { last, job }) };
}

function restingState(
	path: string,
	{ last, job }: { last: TrainingEvent["event"] | undefined; job: RunJob | undefined },
): Pick<RunStatus, "state" | "message"> {
	if (last === "done") return { state: "done", message: null };
	const failure = job?.failure;
	if (failure !== null && failure !== undefined && !goneOnSince(path)) {
		return { state: failure.name === "diverged" ? "diverged" : "failed", message: failure.message };
	}
	if (last === "paused" || last === "diverged") return { state: last, message: null };
	if (last !== undefined) return { state: "interrupted", message: null };
	return { state: job === undefined ? "new" : "paused", message: null };
}

/** Whether a terminal went on with the run after the sidecar noted why it failed. */
function goneOnSince(path: string): boolean {
	const { metrics, job } = runLayout(path);
	return existsSync(metrics) && statSync(metrics).mtimeMs > statSync(job).mtimeMs;
}

/** The share of a budget that is spent after a step. */
function shareSpent(budget: Budget, at: { steps: number; tokens: number; secondsLeft: number | null }): number {
	const seconds = "minutes" in budget ? Math.max(0, budget.minutes * 60 - (at.secondsLeft ?? 0)) : 0;
	return progress(budget, { steps: at.steps, tokens: at.tokens, seconds });
}
