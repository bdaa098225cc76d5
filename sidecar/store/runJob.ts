import { z } from "zod";
import { isError } from "../base/errors.ts";
import { errorNames } from "../protocol/errors.ts";
import { requests } from "../protocol/methods.ts";
import { readText, writeFileAtomic } from "./atomic.ts";
import { runLayout, sidecarLayout } from "./layout.ts";

const runJobSchema = z.object({
	/** What it reads: a folder or file. Null for a run that a terminal began. */
	corpus: z.string().nullable(),
	device: requests.startRun.params.shape.device,
	threads: z.number().int().positive().nullable(),
	/** The folder of the model that it trains on from. */
	from: z.string().nullable(),
	/** Why it ended before its time. */
	failure: z.object({ name: z.enum(errorNames), message: z.string() }).nullable(),
});

/** What a sidecar must know of a run, beside its recipe, to begin it, go on with it and tell of it. */
export type RunJob = z.infer<typeof runJobSchema>;

/** What the sidecar knows of a run; undefined when it never trained it. */
export function readRunJob(run: string): RunJob | undefined {
	return readJson(runLayout(run).job, runJobSchema);
}

export function writeRunJob(run: string, job: RunJob): void {
	writeFileAtomic(runLayout(run).job, JSON.stringify(job));
}

const queueSchema = z.object({
	runs: z.array(
		z.object({
			path: z.string(),
			/** Its budget is to be ended: closing scores and the model are all that is left. */
			finish: z.boolean(),
		}),
	),
});

/** The runs that train or wait for their turn, in order. */
export type QueuedRuns = z.infer<typeof queueSchema>["runs"];

/** The queue that a sidecar left; empty when there is none that can be read. */
export function readQueue(home?: string): QueuedRuns {
	return readJson(sidecarLayout(home).queue, queueSchema)?.runs ?? [];
}

export function writeQueue(runs: QueuedRuns, home?: string): void {
	writeFileAtomic(sidecarLayout(home).queue, JSON.stringify({ runs }));
}

function readJson<Schema extends z.ZodType>(file: string, schema: Schema): z.infer<Schema> | undefined {
	try {
		return schema.parse(JSON.parse(readText(file)));
	} catch (error) {
		if (isError(error, "notFound") || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
		throw error;
	}
}
