import { restartsItself } from "../sidecar/protocol/restartsItself.ts";
import type { RunStatus } from "../sidecar/protocol/runs.ts";

/** What can be done with a run. */
export type RunAction = "pause" | "resume" | "stop" | "discard" | "curves";

const active: ReadonlySet<RunStatus["state"]> = new Set(["queued", "preparing", "running", "finishing"]);
const resumable: ReadonlySet<RunStatus["state"]> = new Set(["paused", "interrupted", "diverged"]);

/** Whether it trains, waits for its turn, or goes on by itself after its process died. */
export function isActive(run: RunStatus): boolean {
	return active.has(run.state) || restartsItself(run);
}

/** Whether `action` makes sense for `run` as it stands. */
export function allows(run: RunStatus, action: RunAction): boolean {
	switch (action) {
		case "pause":
			return run.own && isActive(run) && run.state !== "finishing";
		case "resume":
			return resumable.has(run.state) && !restartsItself(run);
		case "stop":
			return run.own && run.state === "running";
		case "discard":
			return run.own || !isActive(run);
		case "curves":
			return run.step > 0 || isActive(run);
	}
}

/** The runs after `runChanged`; `onlyNumbers` when neither the list nor any state is another. */
export function changedRuns(
	runs: readonly RunStatus[],
	path: string,
	status: RunStatus | null,
): { runs: readonly RunStatus[]; onlyNumbers: boolean } {
	const place = runs.findIndex((run) => run.path === path);
	const before = runs[place];
	if (status === null) return { runs: runs.filter((run) => run.path !== path), onlyNumbers: before === undefined };
	if (before === undefined) return { runs: [status, ...runs], onlyNumbers: false };
	return {
		runs: runs.with(place, status),
		onlyNumbers:
			before.state === status.state && before.model === status.model && isActive(before) === isActive(status),
	};
}

/** Active runs first; otherwise the order stays. */
export function activeFirst(runs: readonly RunStatus[]): RunStatus[] {
	return [...runs.filter(isActive), ...runs.filter((run) => !isActive(run))];
}
