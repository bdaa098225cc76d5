import { join } from "node:path";
import type { TestContext } from "node:test";
import type { JobHandlers } from "../../sidecar/jobs/handlers.ts";
import type { TrainingEvent } from "../../sidecar/protocol/events.ts";
import { readMetrics } from "../../sidecar/store/metrics.ts";
import { temporaryFolder } from "./temporaryFolder.ts";
import { lossesOf } from "./tinyRun.ts";
import { tinyShape, writeTinyCorpus } from "./tinyTraining.ts";

/** What a request is answered in: nobody cancels it. */
export const uncancelled: { readonly signal: AbortSignal } = { signal: new AbortController().signal };

/** Parameters of a run whose steps take milliseconds, with a checkpoint every ten. */
export function tinyJob(corpus: string, steps: number, ...set: string[]): Parameters<JobHandlers["startRun"]>[0] {
	return {
		corpus,
		recipe: "code-mlm-small",
		set: [...tinyShape, "evaluation.everySteps=50", "checkpoint.everySteps=10", ...set],
		budget: { steps },
		device: "cpu",
		threads: 1,
	};
}

/** A user's folder and a small corpus. */
export function tinyPlace(context: TestContext): { home: string; corpus: string } {
	const folder = temporaryFolder(context);
	const corpus = join(folder, "corpus");
	writeTinyCorpus(corpus);
	return { home: join(folder, "home"), corpus };
}

/** The losses of a run's steps, as they stand on the disk. */
export function lossesIn(run: string): number[] {
	return lossesOf(readMetrics(run) as TrainingEvent[]);
}

/** Whether a process lives; one that has ended and waits to be noticed does not. */
export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
