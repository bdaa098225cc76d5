import { hostname } from "node:os";
import type { Inference } from "../compute/startInference.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Notify } from "../protocol/methods.ts";
import type { SidecarStatus } from "../protocol/sidecarStatus.ts";
import { isBoxed } from "../store/boxedModels.ts";
import { modelName } from "../store/modelFolder.ts";
import { modelInUse } from "../store/modelInUse.ts";

/** The least time between two notices, and how often memory is told anew while a run is active, in milliseconds. */
const noticeMilliseconds = 500;
const refreshMilliseconds = 5000;

export interface StatusOptions {
	readonly home: string;
	readonly version: string;
	/** A socket's path, or host:port. */
	readonly where: () => string;
	readonly clients: { readonly notify: Notify; count(): number };
	readonly jobs: Pick<Jobs, "activeRuns" | "memoryBytes">;
	readonly inference: Pick<Inference, "status">;
}

/** What the status bar shows, and notices of its changes, at most two a second. */
export function createStatus(options: StatusOptions) {
	const { home, version, where, clients, jobs, inference } = options;
	const startedAt = new Date().toISOString();
	const read = (): SidecarStatus => {
		const { pid, loaded, executionProvider, memoryBytes } = inference.status();
		const path = modelInUse({ home });
		return {
			pid: process.pid,
			version,
			host: hostname(),
			socket: where(),
			startedAt,
			clients: clients.count(),
			model: path === undefined ? null : { name: modelName(path), path, loaded: loaded === path, boxed: isBoxed(path) },
			executionProvider,
			inferencePid: pid,
			memoryBytes: process.memoryUsage.rss() + jobs.memoryBytes() + memoryBytes,
			activeRuns: jobs.activeRuns(),
		};
	};
	let pending: NodeJS.Timeout | undefined;
	const changed = (): void => {
		pending ??= setTimeout(() => {
			pending = undefined;
			clients.notify("statusChanged", read());
		}, noticeMilliseconds).unref();
	};
	const refresh = setInterval(() => {
		if (clients.count() > 0 && jobs.activeRuns() > 0) changed();
	}, refreshMilliseconds).unref();
	return {
		read,
		changed,
		dispose: (): void => {
			clearTimeout(pending);
			clearInterval(refresh);
		},
	};
}
