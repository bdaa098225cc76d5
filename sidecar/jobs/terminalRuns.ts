import { type TrainingEvent, trainingEventSchema } from "../protocol/events.ts";
import type { RunStatus } from "../protocol/runs.ts";
import { createMetricsReader, type MetricsReader } from "../store/metricsReader.ts";
import { runHolder } from "../store/runLock.ts";
import { runFolders } from "../store/runs.ts";
import type { Budget } from "../train/budget.ts";
import { afterEvent, budgetOf, statusOnDisk } from "./runStatus.ts";

export interface TerminalRunsOptions {
	readonly home: string | undefined;
	/** Whether the sidecar itself trains a run. */
	readonly isOwn: (path: string) => boolean;
	readonly onEvent: (path: string, event: TrainingEvent, line: number) => void;
	readonly onStatus: (status: RunStatus) => void;
	readonly log: (level: "warn", message: string) => void;
}

interface Followed {
	readonly reader: MetricsReader;
	readonly budget: Budget | undefined;
	replaced: number;
	next: number;
	status: RunStatus;
}

/** Milliseconds between two looks at the metrics of the runs that are followed, and looks between two for new ones. */
const [lookEvery, looksBetweenScans] = [500, 4];

/** Runs that are trained from a terminal: their metrics and locks are looked at while somebody listens. */
export class TerminalRuns {
	#options: TerminalRunsOptions;
	#followed = new Map<string, Followed>();
	#timer: NodeJS.Timeout | undefined;
	#looks = 0;

	constructor(options: TerminalRunsOptions) {
		this.#options = options;
	}

	start(): void {
		this.#timer ??= setTimeout(() => void this.#look(), lookEvery).unref();
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#followed.clear();
	}

	/** What is known of a run that is followed; undefined for any other. */
	status(path: string): RunStatus | undefined {
		return this.#followed.get(path)?.status;
	}

	async #look(): Promise<void> {
		try {
			if (this.#looks++ % looksBetweenScans === 0) await this.#scan();
			for (const [path, followed] of this.#followed) await this.#readOn(path, followed);
		} catch (error) {
			this.#options.log("warn", `Runs of terminals could not be looked at: ${String(error)}`);
		}
		// Stopped meanwhile?
		if (this.#timer === undefined) return;
		this.#timer = undefined;
		this.start();
	}

	async #scan(): Promise<void> {
		for (const path of runFolders(this.#options.home)) {
			if (this.#followed.has(path) || this.#options.isOwn(path) || runHolder(path) === undefined) continue;
			const reader = createMetricsReader(path);
			const status = await statusOnDisk(path);
			const { next } = await reader.read(Number.MAX_SAFE_INTEGER, 1);
			if (this.#options.isOwn(path)) continue;
			this.#followed.set(path, { reader, budget: budgetOf(path), replaced: 0, next, status });
			this.#options.onStatus(status);
		}
	}

	async #readOn(path: string, followed: Followed): Promise<void> {
		const over = runHolder(path) === undefined;
		for (let more = true; more; ) {
			const page = await followed.reader.read(followed.next, 1_000);
			if (followed.reader.replaced !== followed.replaced) {
				// The run went back to a checkpoint: what is new begins with its last `run`.
				followed.replaced = followed.reader.replaced;
				followed.next = await lastRunLine(followed.reader);
				continue;
			}
			for (const { line, event } of page.lines) this.#tell(path, followed, { line, event });
			({ next: followed.next, more } = page);
		}
		if (!over) return;
		this.#followed.delete(path);
		if (!this.#options.isOwn(path)) this.#options.onStatus(await statusOnDisk(path));
	}

	#tell(path: string, followed: Followed, { line, event }: { line: number; event: unknown }): void {
		const known = trainingEventSchema.safeParse(event).data;
		if (known === undefined) return;
		const after = afterEvent(followed.status, known, followed.budget);
		// It is done, paused or diverged once its process has ended.
		followed.status = after.state === "running" ? after : { ...after, state: followed.status.state };
		this.#options.onEvent(path, known, line);
		this.#options.onStatus(followed.status);
	}
}

async function lastRunLine(reader: MetricsReader): Promise<number> {
	let last = 0;
	for (let next = 0, more = true; more; ) {
		const page = await reader.read(next, 1_000);
		last = page.lines.findLast(({ event }) => event.event === "run")?.line ?? last;
		({ next, more } = page);
	}
	return last;
}
