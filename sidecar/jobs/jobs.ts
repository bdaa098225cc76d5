import { basename } from "node:path";
import type { TrainingEvent } from "../protocol/events.ts";
import type { Notify } from "../protocol/methods.ts";
import type { JobHandlers, Log } from "./handlers.ts";
import { importHandlers } from "./importHandlers.ts";
import { indexHandlers } from "./indexHandlers.ts";
import { modelHandlers } from "./modelHandlers.ts";
import { reportHandlers } from "./reportHandlers.ts";
import { runHandlers } from "./runHandlers.ts";
import { RunQueue } from "./runQueue.ts";
import { searchHandlers } from "./searchHandlers.ts";
import { StatusTeller } from "./statusTeller.ts";
import { TerminalRuns } from "./terminalRuns.ts";

export interface JobsOptions {
	/** The user's folder; by default that of the environment. */
	readonly home?: string;
	readonly notify: Notify;
	readonly log: Log;
	/** Milliseconds before a training process that died is started again, by its deaths; by default 1, 2, 4 and 8 s. */
	readonly restartWaits?: readonly number[];
}

export interface Jobs {
	readonly handlers: JobHandlers;
	/** Runs that train or wait for their turn. */
	activeRuns(): number;
	/** Folders that are being indexed. */
	activeIndexes(): number;
	/** Resident memory of the training processes. */
	memoryBytes(): number;
	/** Told when the number of active runs or indexes or the model in use has changed. */
	onChange(listener: () => void): void;
	/** Whether somebody listens: runs of terminals are followed, and folders watched, only then. True at first. */
	setListening(listening: boolean): void;
	/** Pauses what trains, with a checkpoint. With `keep` the next sidecar goes on with it and with what waits. */
	shutdown(options?: { keep?: boolean }): Promise<void>;
}

/**
 * All that can be asked of the sidecar about runs, corpora, recipes, devices and models. Takes up the queue that a
 * sidecar before it left.
 */
export async function createJobs({ home, notify, log, restartWaits }: JobsOptions): Promise<Jobs> {
	const listeners: (() => void)[] = [];
	const changed = (): void => {
		for (const listener of listeners) listener();
	};
	const modelsChanged = (): void => {
		notify("modelsChanged", {});
		changed();
	};
	const statuses = new StatusTeller(notify);
	const models = modelHandlers({ home, log, onChange: modelsChanged });
	const indexes = indexHandlers({ home, notify, log, onChange: changed });
	const searches = searchHandlers({ home, log, indexStatus: indexes.handlers.indexStatus });
	const told = {
		home,
		log,
		onEvent: (path: string, event: TrainingEvent, line: number) =>
			notify("runEvent", { run: basename(path), path, line, event }),
		onStatus: (status: Parameters<StatusTeller["tell"]>[0]) => statuses.tell(status),
	};
	const queue = new RunQueue({
		...told,
		onActive: changed,
		onModel: models.useNew,
		...(restartWaits === undefined ? {} : { waits: restartWaits }),
	});
	const terminalRuns = new TerminalRuns({ ...told, isOwn: (path) => queue.status(path) !== undefined });
	await queue.restore();
	terminalRuns.start();
	return {
		handlers: {
			...reportHandlers(),
			...runHandlers({ home, queue, terminalRuns, statuses, onModelGone: modelsChanged }),
			...models.handlers,
			...importHandlers({ home, notify, onModel: modelsChanged }),
			...indexes.handlers,
			...searches.handlers,
			deleteIndex: async (params, context) => {
				await searches.forget(params.folder);
				return indexes.handlers.deleteIndex(params, context);
			},
		},
		activeRuns: () => queue.size,
		memoryBytes: () => queue.memoryBytes,
		onChange: (listener) => listeners.push(listener),
		activeIndexes: () => indexes.working(),
		setListening: (listening) => {
			indexes.setListening(listening);
			if (listening) terminalRuns.start();
			else terminalRuns.stop();
		},
		shutdown: async ({ keep = false } = {}) => {
			terminalRuns.stop();
			await Promise.all([queue.close({ keep }), indexes.shutdown(), searches.shutdown()]);
			statuses.flush();
		},
	};
}
