import * as z from "zod";
import { classifyParams, classifySchema } from "./classify.ts";
import { notification, type ParamsOf, type ResultOf, request } from "./descriptors.ts";
import { trainingEventSchema } from "./events.ts";
import { generateParams, generationSchema } from "./generate.ts";
import { attentionParams, attentionViewSchema } from "./inspect/attention.ts";
import { masksParams, masksSchema } from "./inspect/masks.ts";
import { saliencyParams, saliencySchema } from "./inspect/saliency.ts";
import { surprisalPageSchema, surprisalParams } from "./inspect/surprisal.ts";
import { suspicionParams, suspicionSchema } from "./inspect/suspicion.ts";
import {
	corpusReportSchema,
	doctorReportSchema,
	exportFormats,
	exportReportSchema,
	fillResultSchema,
	importReportSchema,
	modelsSchema,
	recipesSchema,
} from "./outputs.ts";
import { runStatusSchema } from "./runs.ts";
import { duplicatesSchema, fileExplanationSchema, indexStatusSchema, searchResultsSchema } from "./search.ts";
import { sidecarStatusSchema } from "./sidecarStatus.ts";

const nothing = z.object({});
const count = z.number().int().nonnegative();
const run = z.string().describe("A run's folder or its name");
const device = z.enum(["auto", "webgpu", "cuda", "dml", "coreml", "cpu"]);
const folder = z.string().describe("Absolute path of the folder that is indexed");
const hubModel = z.object({
	model: z.string().describe("OWNER/NAME, or the address of its page"),
	revision: z.string().optional(),
	endpoint: z.string().optional().describe("Of a mirror; by default that of the environment, else Hugging Face's"),
	token: z.string().optional().describe("By default HF_TOKEN of the environment"),
});
const top = z.number().int().min(1).max(1000).default(20);

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
			recipe: z
				.string()
				.optional()
				.describe(
					"A recipe's name or the path of a recipe file; by default the model in the box is trained on, or one from nothing",
				),
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
	/** Writes a model, or the run that made it, to `folder`, which must be new or empty. */
	exportModel: request(
		"maskwright/model/export",
		z.object({ model: z.string(), folder: z.string(), format: z.enum(exportFormats).default("maskwright") }),
		exportReportSchema,
	),
	/** Takes in a Hugging Face folder. Cancellable; nothing of it stays then. */
	importModel: request(
		"maskwright/model/import",
		z.object({ folder: z.string(), name: z.string().optional() }),
		importReportSchema,
	),
	/** Asks the hub what a model holds; nothing is downloaded. Cancellable. */
	planDownload: request(
		"maskwright/hub/plan",
		hubModel,
		z.object({
			repository: z.string(),
			url: z.string().describe("Of its page"),
			commit: z.string(),
			license: z.string().nullable(),
			files: count,
			bytes: count,
		}),
	),
	/**
	 * Gets a model of the hub and takes it in; the user was asked. Tells `downloadProgress`. Cancellable: what has
	 * arrived is kept, and the next call goes on with it.
	 */
	downloadModel: request(
		"maskwright/hub/download",
		hubModel.extend({ name: z.string().optional() }),
		importReportSchema,
	),
	/** Cancellable between two runs of the model. */
	fillText: request(
		"maskwright/fill/text",
		z.object({ text: z.string(), top: z.number().int().min(1).max(50).default(5), model: z.string().optional() }),
		fillResultSchema,
	),
	/**
	 * Goes on with a text, or fills a place with so many tokens. Cancellable between runs of the model; with
	 * `milliseconds` it comes in parts, each with the `emitted` that the next question names.
	 */
	generateText: request("maskwright/generate/text", generateParams, generationSchema),
	/** Which label fits each text. Cancellable between two runs of the model. */
	classify: request("maskwright/classify/texts", classifyParams, classifySchema),
	indexStatus: request("maskwright/index/status", z.object({ folder }), indexStatusSchema),
	/**
	 * Answers at once. Reads what has changed since, then goes on watching the folder while a client is there. With
	 * `model` the vectors become that model's, and with `rebuild` all is read anew; the old index serves until then.
	 */
	startIndex: request(
		"maskwright/index/start",
		z.object({
			folder,
			model: z.string().optional().describe("Its name or path; by default the one that the index has"),
			size: z
				.string()
				.optional()
				.describe("Of its vectors: large, small, or layers,units; by default the one that the index has"),
			rebuild: z.boolean().optional(),
		}),
		indexStatusSchema,
	),
	/** Stops indexing and watching; what is done stays. */
	stopIndex: request("maskwright/index/stop", z.object({ folder }), nothing),
	deleteIndex: request("maskwright/index/delete", z.object({ folder }), nothing),
	/** Compares the index with itself and with the files of the folder. Cancellable. */
	verifyIndex: request(
		"maskwright/index/verify",
		z.object({ folder }),
		z.object({ ok: z.boolean(), problems: z.array(z.string()) }),
	),
	explainFile: request(
		"maskwright/index/explain",
		z.object({ folder, path: z.string().describe("Absolute, or from the folder") }),
		fileExplanationSchema,
	),
	/** Cancellable. The query is words, code or a name, with filters `lang:`, `path:`, `symbol:` and `kind:`. */
	search: request(
		"maskwright/search/query",
		z.object({
			folder,
			query: z.string(),
			top,
			rough: z
				.boolean()
				.optional()
				.describe("Whether the vectors of the index are enough, though the model makes larger ones. True while typing"),
		}),
		searchResultsSchema,
	),
	/** Code like `text`, nearest first, without what lies in `exclude`. Cancellable. */
	searchLike: request(
		"maskwright/search/like",
		z.object({
			folder,
			text: z.string(),
			language: z.string().optional().describe("As VS Code names it"),
			exclude: z
				.object({
					path: z.string().describe("From the folder"),
					startLine: z.number().int(),
					endLine: z.number().int(),
				})
				.optional()
				.describe("Where `text` itself stands"),
			top,
		}),
		searchResultsSchema,
	),
	/** Groups of chunks whose vectors are nearer than `threshold`, the nearest group first. Cancellable. */
	nearDuplicates: request(
		"maskwright/search/duplicates",
		z.object({ folder, threshold: z.number().min(0).max(2).describe("Cosine distance") }),
		duplicatesSchema,
	),
	/** What a recipe masks in a text, and what models say of it. These five are cancellable between runs of the model. */
	inspectMasks: request("maskwright/inspect/masks", masksParams, masksSchema),
	/** One page of a text's surprisals; ask on from `next`. */
	inspectSurprisal: request("maskwright/inspect/surprisal", surprisalParams, surprisalPageSchema),
	/** The tokens of a text that look replaced; by default the newest model that has a detector is asked. */
	inspectSuspicion: request("maskwright/inspect/suspicion", suspicionParams, suspicionSchema),
	inspectAttention: request("maskwright/inspect/attention", attentionParams, attentionViewSchema),
	inspectSaliency: request("maskwright/inspect/saliency", saliencyParams, saliencySchema),
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
	/** How far a download is, some times a second. */
	downloadProgress: notification(
		"maskwright/hub/progress",
		z.object({ model: z.string(), file: z.string(), bytes: count, total: count }),
	),
	statusChanged: notification("maskwright/sidecar/changed", sidecarStatusSchema),
	/** The index of a folder goes on, is ready or failed. At most some times a second. */
	indexChanged: notification("maskwright/index/changed", indexStatusSchema),
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
