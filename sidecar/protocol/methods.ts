import * as z from "zod";
import { notification, type ParamsOf, type ResultOf, request } from "./descriptors.ts";
import { trainingEventSchema } from "./events.ts";
import { corpusReportSchema, doctorReportSchema, fillResultSchema, modelsSchema, recipesSchema } from "./outputs.ts";
import { runStatusSchema } from "./runs.ts";
import { sidecarStatusSchema } from "./sidecarStatus.ts";

const nothing = z.object({});
const count = z.number().int().nonnegative();
const run = z.string().describe("A run's folder or its name");
const device = z.enum(["auto", "webgpu", "cuda", "dml", "coreml", "cpu"]);

/** The requests that a client makes of the sidecar. */
export const requests = {
	/** First on every connection; anything else before it is refused. */
	hello: request(
		"maskwright/sidecar/hello",
		z.object({ protocolVersion: z.number().int(), client: z.string().describe("Such as `vscode` or `cli`") }),
		z.object({ protocolVersion: z.number().int(), pid: z.number().int(), version: z.string() }),
	),
	ping: request("maskwright/sidecar/ping", nothing, nothing),
	status: request("maskwright/sidecar/status", nothing, sidecarStatusSchema),
	/** Pauses what trains, with a checkpoint, and ends the sidecar. With `keep` the next sidecar goes on with it. */
	stopSidecar: request("maskwright/sidecar/stop", z.object({ keep: z.boolean().optional() }), nothing),
	doctor: request("maskwright/doctor/run", nothing, doctorReportSchema),
	listRecipes: request("maskwright/recipe/list", nothing, recipesSchema),
	/** Cancellable; nothing is written. */
	previewCorpus: request("maskwright/corpus/preview", z.object({ corpus: z.string() }), corpusReportSchema),
	listRuns: request("maskwright/run/list", nothing, z.array(runStatusSchema)),
	/** Answers once the run has a name; a run waits until the one before it ends. */
	startRun: request(
		"maskwright/run/start",
		z.object({
			corpus: z.string().describe("A folder or a .jsonl or .jsonl.xz file"),
			recipe: z.string().describe("A recipe's name or the path of a recipe file"),
			set: z.array(z.string()).default([]).describe("Changes, each `dotted.key=value`"),
			budget: z
				.union([
					z.object({ minutes: z.number().positive() }),
					z.object({ steps: z.number().int().positive() }),
					z.object({ tokens: z.number().int().positive() }),
				])
				.optional(),
			device: device.default("auto"),
			threads: z.number().int().positive().optional(),
			seed: count.optional(),
			from: z.string().optional().describe("A model to train on from: its name or path"),
		}),
		z.object({ run: z.string(), path: z.string() }),
	),
	/** Stops after the step under way, with a checkpoint, and frees the device. */
	pauseRun: request("maskwright/run/pause", z.object({ run }), nothing),
	resumeRun: request("maskwright/run/resume", z.object({ run, set: z.array(z.string()).default([]) }), nothing),
	/** Ends a run before its budget is spent: scores it and keeps its model. */
	stopRun: request("maskwright/run/stop", z.object({ run }), nothing),
	/** Removes a run with its checkpoints and its model. */
	discardRun: request("maskwright/run/discard", z.object({ run }), nothing),
	/**
	 * The events of a run from line `from` of its metrics on, at most some thousands at a time; `more` says whether
	 * to ask again from `next`. With `recipe`, the resolved recipe comes with the first lines.
	 */
	readRun: request(
		"maskwright/run/read",
		z.object({ run, from: count }),
		z.object({
			events: z.array(trainingEventSchema),
			next: count,
			more: z.boolean(),
			recipe: z.record(z.string(), z.json()).nullable().describe("Flattened to dotted keys; null unless `from` is 0"),
		}),
	),
	listModels: request("maskwright/model/list", nothing, modelsSchema),
	useModel: request("maskwright/model/use", z.object({ model: z.string() }), nothing),
	/** Removes a model's folder. */
	deleteModel: request("maskwright/model/delete", z.object({ model: z.string() }), nothing),
	/** Copies a model's folder (Hugging Face's layout) to `folder`, which must be new or empty. */
	exportModel: request(
		"maskwright/model/export",
		z.object({ model: z.string(), folder: z.string() }),
		z.object({ path: z.string() }),
	),
	/** Cancellable between two runs of the model. */
	fillText: request(
		"maskwright/fill/text",
		z.object({ text: z.string(), top: z.number().int().min(1).max(50).default(5), model: z.string().optional() }),
		fillResultSchema,
	),
} as const;

/** What the sidecar tells every client that said hello. */
export const notifications = {
	/** An event of a run; `line` is its place in the run's metrics, counted from 0. A run that goes on says `run` again. */
	runEvent: notification(
		"maskwright/run/event",
		z.object({ run: z.string(), path: z.string(), line: count, event: trainingEventSchema }),
	),
	/** A run came, changed its state, or (null) is gone. At most some times a second while one trains. */
	runChanged: notification(
		"maskwright/run/changed",
		z.object({ path: z.string(), status: runStatusSchema.nullable() }),
	),
	modelsChanged: notification("maskwright/model/changed", nothing),
	statusChanged: notification("maskwright/sidecar/changed", sidecarStatusSchema),
	log: notification(
		"maskwright/log/line",
		z.object({ level: z.enum(["debug", "info", "warn", "error"]), message: z.string() }),
	),
} as const;

/** What answers each request; the context holds the signal that is aborted when the client cancels it or is gone. */
export type RequestHandlers<Context> = {
	readonly [Name in keyof typeof requests]: (
		params: ParamsOf<(typeof requests)[Name]>,
		context: Context,
	) => Promise<ResultOf<(typeof requests)[Name]>>;
};

/** Tells every client. */
export type Notify = <Name extends keyof typeof notifications>(
	name: Name,
	params: ParamsOf<(typeof notifications)[Name]>,
) => void;
