import type { RequestHandlers } from "../protocol/methods.ts";

/** What a request about runs, corpora, recipes, devices, models or indexes is answered with. */
export type JobHandlers = Pick<
	RequestHandlers<{ signal: AbortSignal }>,
	| "doctor"
	| "listRecipes"
	| "previewCorpus"
	| "listRuns"
	| "startRun"
	| "pauseRun"
	| "resumeRun"
	| "stopRun"
	| "discardRun"
	| "readRun"
	| "listModels"
	| "useModel"
	| "deleteModel"
	| "exportModel"
	| "importModel"
	| "planDownload"
	| "downloadModel"
	| "indexStatus"
	| "startIndex"
	| "stopIndex"
	| "deleteIndex"
	| "verifyIndex"
	| "explainFile"
	| "search"
	| "searchLike"
	| "nearDuplicates"
>;

/** Writes a line to the sidecar's log. */
export type Log = (level: "debug" | "info" | "warn" | "error", message: string) => void;
