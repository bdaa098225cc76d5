import type { TrainingEvent } from "../protocol/events.ts";
import { requests } from "../protocol/methods.ts";
import { metricsBackwards } from "../store/metricsReader.ts";
import type { RunJob } from "../store/runJob.ts";

/** Where a run computed last, so that it goes on to the same numbers; undefined when it never began to. */
export async function computeOf(path: string): Promise<Pick<RunJob, "device" | "threads"> | undefined> {
	for await (const line of metricsBackwards(path, (event) => event === "run")) {
		const run = line as Partial<Extract<TrainingEvent, { event: "run" }>>;
		const device = requests.startRun.params.shape.device.safeParse(run.executionProvider).data ?? "auto";
		return { device, threads: typeof run.threads === "number" ? run.threads : null };
	}
	return undefined;
}
