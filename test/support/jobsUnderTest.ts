import { setTimeout as sleep } from "node:timers/promises";
import { createJobs, type Jobs, type JobsOptions } from "../../sidecar/jobs/jobs.ts";
import type { ParamsOf } from "../../sidecar/protocol/descriptors.ts";
import type { TrainingEvent } from "../../sidecar/protocol/events.ts";
import { notifications } from "../../sidecar/protocol/methods.ts";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";

type RunEvent = ParamsOf<typeof notifications.runEvent>;

/** Jobs with what they told, and ways to wait for it. */
export interface JobsUnderTest {
	readonly jobs: Jobs;
	readonly events: readonly RunEvent[];
	/** What was told of runs, in order; null when a run was gone. */
	readonly statuses: readonly { path: string; status: RunStatus | null }[];
	readonly logged: readonly string[];
	/** Resolves with the event that satisfies `wanted`, told already or yet to be. */
	event(wanted: (event: TrainingEvent, path: string) => boolean): Promise<RunEvent>;
	/** Resolves when the newest status of a run is in `state`. */
	state(path: string, state: RunStatus["state"]): Promise<RunStatus>;
}

/** Jobs on a user's folder. Every notification is checked against its schema. */
export async function jobsUnderTest(home: string, options: Partial<JobsOptions> = {}): Promise<JobsUnderTest> {
	const events: RunEvent[] = [];
	const statuses: { path: string; status: RunStatus | null }[] = [];
	const logged: string[] = [];
	const jobs = await createJobs({
		home,
		log: (level, message) => logged.push(`${level} ${message}`),
		...options,
		notify: (name, params) => {
			notifications[name].params.parse(params);
			if (name === "runEvent") events.push(params as RunEvent);
			if (name === "runChanged") statuses.push(params as ParamsOf<typeof notifications.runChanged>);
			options.notify?.(name, params);
		},
	});
	return {
		jobs,
		events,
		statuses,
		logged,
		event: (wanted) => eventually(() => events.find(({ event, path }) => wanted(event, path))),
		state: (path, state) =>
			eventually(() => {
				const latest = statuses.findLast((told) => told.path === path)?.status;
				return latest?.state === state ? latest : undefined;
			}),
	};
}

/** The first value that `look` gives; the test's own time limit ends the wait. */
export async function eventually<T>(look: () => T | undefined): Promise<T> {
	for (;;) {
		const found = look();
		if (found !== undefined) return found;
		await sleep(10);
	}
}
