import type { Notify, RequestHandlers } from "../protocol/methods.ts";

/** What a request about runs, corpora, recipes, devices or models is answered with. */
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
>;

export interface JobsOptions {
	/** The user's folder; by default that of the environment. */
	readonly home?: string;
	readonly notify: Notify;
	readonly log: (level: "debug" | "info" | "warn" | "error", message: string) => void;
}

export interface Jobs {
	readonly handlers: JobHandlers;
	/** Runs that train or wait for their turn. */
	activeRuns(): number;
	/** Resident memory of the training processes. */
	memoryBytes(): number;
	/** Told when the number of active runs or the model in use has changed. */
	onChange(listener: () => void): void;
	/** Whether somebody listens: runs of terminals are followed only then. True at first. */
	setListening(listening: boolean): void;
	/** Pauses what trains, with a checkpoint. With `keep` the next sidecar goes on with it and with what waits. */
	shutdown(options?: { keep?: boolean }): Promise<void>;
}

/** All that can be asked of the sidecar about runs, corpora, recipes, devices and models. Takes up the queue that a sidecar before it left. */
export async function createJobs(options: JobsOptions): Promise<Jobs> {
	throw new Error(`not built yet ${options.home}`);
}
