import { setTimeout as sleep } from "node:timers/promises";
import { MaskwrightError } from "../base/errors.ts";
import type { RunStatus } from "../protocol/runs.ts";
import { runHolder } from "../store/runLock.ts";

/**
 * Asks the process that trains a run for a terminal to pause it, and waits until it has. Throws `wrongState` when no
 * process trains the run, `interrupted` when the signal is aborted before it has paused.
 */
export async function pauseTerminalRun({ path, run, state }: RunStatus, signal: AbortSignal): Promise<void> {
	const pid = runHolder(path);
	if (pid === undefined) {
		throw new MaskwrightError("wrongState", `${run} does not train: it is ${state}.`);
	}
	process.kill(pid, "SIGTERM");
	while (runHolder(path) === pid) {
		if (signal.aborted) throw new MaskwrightError("interrupted", "Cancelled.");
		await sleep(100);
	}
}
