import { setTimeout as sleep } from "node:timers/promises";
import { isError, type MaskwrightError } from "../base/errors.ts";
import type { TrainingRequest } from "../compute/messages.ts";
import { startTraining, type TrainingListener } from "../compute/startTraining.ts";
import { checkpointSteps } from "../store/checkpoints.ts";
import { type RunJob, readRunJob } from "../store/runJob.ts";
import { runHolder } from "../store/runLock.ts";
import { readRunRecipe } from "../store/runs.ts";
import { parseRecipe } from "../train/recipe.ts";
import { computeOf } from "./runCompute.ts";

/** How a run left its process: it is done, can go on later, or cannot without help. */
export type RunEnd =
	| { readonly outcome: "done" | "paused" }
	| { readonly outcome: "failed"; readonly failure: NonNullable<RunJob["failure"]> };

/** A run that is kept going until it ends. */
export interface SupervisedRun {
	/** Pauses after the step under way, with a checkpoint; at once while there is nothing to keep. */
	pause(): void;
	/** Ends the budget after the step under way. */
	finish(): void;
	/** Ends it at once; what came after the last checkpoint is lost. */
	kill(): void;
	readonly ended: Promise<RunEnd>;
}

export interface SupervisionListener extends TrainingListener {
	/** Told that the process died, and that the run goes on by itself, in a sentence. */
	readonly onDeath: (message: string) => void;
}

/** Milliseconds before the process is started again after its first, second, ... death. */
const restartWaits: readonly number[] = [1_000, 2_000, 4_000, 8_000];

/** So many deaths within so many milliseconds are the end. */
const [deathsAllowed, deathsWithin] = [5, 180_000];

/** Milliseconds after which a process that holds a run is taken for one of a terminal. */
const orphanEnds = 6_000;

/**
 * Trains the run of a folder in a process of its own, from its last checkpoint or, without one, from the start. A
 * process that dies is started again.
 */
export function superviseRun(path: string, listener: SupervisionListener, waits = restartWaits): SupervisedRun {
	const [pause, finish, kill] = [new AbortController(), new AbortController(), new AbortController()];
	const signals = { pause: pause.signal, finish: finish.signal, kill: kill.signal };
	const stopped = AbortSignal.any([pause.signal, kill.signal]);
	const deaths: number[] = [];
	const attempt = async (): Promise<RunEnd | undefined> => {
		try {
			await untilReleased(path, stopped);
			await startTraining(await trainingRequest(path), listener, signals);
			return { outcome: "done" };
		} catch (error) {
			if (isError(error, "interrupted") || stopped.aborted) return { outcome: "paused" };
			if (!isError(error, "processDied")) return failed(error);
			deaths.push(Date.now());
			const recent = deaths.filter((at) => at > Date.now() - deathsWithin).length;
			if (recent >= deathsAllowed) return failedForGood(error);
			const wait = waits[Math.min(recent, waits.length) - 1] ?? 0;
			listener.onDeath(`The training process ended ${error.data["how"]}. The run goes on in ${wait / 1000} s.`);
			await sleep(wait, undefined, { signal: stopped }).catch(() => {});
			return stopped.aborted ? { outcome: "paused" } : undefined;
		}
	};
	const run = async (): Promise<RunEnd> => {
		for (;;) {
			const end = await attempt();
			if (end !== undefined) return end;
		}
	};
	return {
		pause: () => (checkpointSteps(path).length === 0 ? kill : pause).abort(),
		finish: () => finish.abort(),
		kill: () => kill.abort(),
		ended: run(),
	};
}

/** Waits for the process of a sidecar that is gone, which ends by itself; not for one of a terminal. */
async function untilReleased(path: string, stopped: AbortSignal): Promise<void> {
	for (let waited = 0; waited < orphanEnds && runHolder(path) !== undefined; waited += 100) {
		await sleep(100, undefined, { signal: stopped });
	}
}

async function trainingRequest(path: string): Promise<TrainingRequest> {
	const recipe = parseRecipe(readRunRecipe(path), path);
	const job = readRunJob(path);
	const asked = { device: job?.device ?? ("auto" as const), threads: job?.threads ?? null };
	if (checkpointSteps(path).length > 0 || job === undefined || job.corpus === null) {
		const { device, threads } = (await computeOf(path)) ?? asked;
		return { kind: "resume", run: path, recipe, device, ...(threads === null ? {} : { threads }) };
	}
	const { device, threads } = asked;
	const from = job.from === null ? {} : { from: job.from };
	return {
		kind: "train",
		corpus: job.corpus,
		run: path,
		recipe,
		device,
		...from,
		...(threads === null ? {} : { threads }),
	};
}

function failed(error: unknown): RunEnd {
	const message = error instanceof Error ? error.message : String(error);
	return { outcome: "failed", failure: { name: isError(error) ? error.name : "internal", message } };
}

function failedForGood(error: MaskwrightError): RunEnd {
	const { how, advice, output } = error.data;
	const next = advice === "" ? "Resume the run to try again; if it ends again, report these lines." : advice;
	const lines = String(output).trim().split("\n").slice(-5).join("\n");
	const message = `The training process ended ${deathsAllowed} times within three minutes, the last time ${how}. ${next}`;
	const failure = { name: error.name, message: lines === "" ? message : `${message}\n${lines}` };
	return { outcome: "failed", failure };
}
