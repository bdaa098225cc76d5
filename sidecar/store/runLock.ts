import { MaskwrightError } from "../base/errors.ts";
import { runLayout } from "./layout.ts";
import { lockHolder, type ProcessLock, takeLock } from "./processLock.ts";

/**
 * Takes the run for this process, so that no second one trains it. The lock of a process that no longer lives is
 * taken over. Throws `runLocked` when a living process holds it.
 */
export function lockRun(runFolder: string): ProcessLock {
	const lock = takeLock(runLayout(runFolder).lock);
	if (lock === undefined) throw lockedBy(runHolder(runFolder), runFolder);
	return lock;
}

/** The pid of the living process that holds the run, or undefined. */
export function runHolder(runFolder: string): number | undefined {
	return lockHolder(runLayout(runFolder).lock)?.pid;
}

function lockedBy(pid: number | undefined, runFolder: string): MaskwrightError {
	const who = pid === undefined ? "Another process" : `Process ${pid}`;
	return new MaskwrightError(
		"runLocked",
		`${who} is training ${runFolder} already. Wait until it ends, or stop it with Ctrl-C where it was started.`,
		{ data: { pid } },
	);
}
