import { basename } from "node:path";
import type { TrainingEvent } from "../protocol/events.ts";
import type { Notify } from "../protocol/methods.ts";
import type { JobHandlers, Log } from "./handlers.ts";
import { modelHandlers } from "./modelHandlers.ts";
import { reportHandlers } from "./reportHandlers.ts";
import { runHandlers } from "./runHandlers.ts";
import { RunQueue } from "./runQueue.ts";
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
	/** Resident memory of the training processes. */
	memoryBytes(): number;
	/** Told when the number of active runs or the model in use has changed. */
	onChange(listener: () => void): void;
	/** Whether somebody listens: runs of terminals are followed only then. True at first. */
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
		},
		activeRuns: () => queue.size,
		memoryBytes: () => queue.memoryBytes,
		onChange: (listener) => listeners.push(listener),
		setListening: (listening) => (listening ? terminalRuns.start() : terminalRuns.stop()),
		shutdown: async ({ keep = false } = {}) => {
			terminalRuns.stop();
			await queue.close({ keep });
			statuses.flush();
		},
	};
}
