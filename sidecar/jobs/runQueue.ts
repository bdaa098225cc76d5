import { MaskwrightError } from "../base/errors.ts";
import type { TrainingEvent } from "../protocol/events.ts";
import type { RunStatus } from "../protocol/runs.ts";
import { readQueue, readRunJob, writeQueue, writeRunJob } from "../store/runJob.ts";
import { runFolders } from "../store/runs.ts";
import type { Budget } from "../train/budget.ts";
import { afterEvent, budgetOf, statusOnDisk } from "./runStatus.ts";
import { type RunEnd, type SupervisedRun, superviseRun } from "./superviseRun.ts";

export interface RunQueueOptions {
	readonly home: string | undefined;
	readonly log: (level: "info" | "warn" | "error", message: string) => void;
	/** Told each event of a run with its line in the run's metrics. */
	readonly onEvent: (path: string, event: TrainingEvent, line: number) => void;
	readonly onStatus: (status: RunStatus) => void;
	/** Told when the number of active runs has changed. */
	readonly onActive: () => void;
	/** Told the folder of the model of a run that is done. */
	readonly onModel: (model: string) => void;
	/** Milliseconds before a process that died is started again; by default `restartWaits`. */
	readonly waits?: readonly number[];
}

interface Entry {
	readonly path: string;
	/** Its budget is to be ended. */
	finish: boolean;
	status: RunStatus;
	budget: Budget | undefined;
	training: SupervisedRun | undefined;
	/** Resolves when it has left the queue. */
	readonly gone: Promise<void>;
	readonly leave: () => void;
}

/** Milliseconds that runs have to write their last checkpoint when the sidecar ends. */
const farewell = 10_000;

/** The runs that this sidecar trains, one at a time, and those that wait for their turn. */
export class RunQueue {
	#options: RunQueueOptions;
	#entries: Entry[] = [];
	#closing: "no" | "keeping" | "dropping" = "no";

	constructor(options: RunQueueOptions) {
		this.#options = options;
	}

	/** Takes up what another sidecar left. */
	async restore(): Promise<void> {
		const known = new Set(runFolders(this.#options.home));
		for (const { path, finish } of readQueue(this.#options.home)) {
			if (known.has(path)) await this.#enter(path, finish);
		}
		this.#changed();
	}

	get size(): number {
		return this.#entries.length;
	}

	get memoryBytes(): number {
		return this.#entries.reduce((sum, { status }) => sum + (status.memoryBytes ?? 0), 0);
	}

	/** What is known of a run in the queue; undefined for any other. */
	status(path: string): RunStatus | undefined {
		return this.#find(path)?.status;
	}

	/** Puts a run that was prepared on the disk at the end of the queue; with `finish` only to score it. */
	async add(path: string, { finish }: { finish: boolean }): Promise<void> {
		await this.#enter(path, finish);
		this.#changed();
	}

	/** Resolves when the run has left the queue and its process has ended. */
	async pause(path: string): Promise<void> {
		const entry = this.#need(path);
		if (entry.training === undefined) return await this.#remove(entry);
		if (entry.status.state === "finishing") {
			throw new MaskwrightError(
				"wrongState",
				`${entry.status.run} computes its closing scores and is nearly done. Wait for them, or discard the run.`,
			);
		}
		entry.training.pause();
		await entry.gone;
	}

	/** Ends the budget of a run in the queue: closing scores and the model follow. */
	finish(path: string): void {
		const entry = this.#need(path);
		entry.finish = true;
		entry.training?.finish();
		this.#save();
	}

	/** Takes a run out of the queue at once, whatever its process is doing. */
	async drop(path: string): Promise<void> {
		const entry = this.#find(path);
		if (entry === undefined) return;
		if (entry.training === undefined) return await this.#remove(entry);
		entry.training.kill();
		await entry.gone;
	}

	/** Pauses what trains. With `keep` the queue stays on the disk for the next sidecar, as it is. */
	async close({ keep }: { keep: boolean }): Promise<void> {
		this.#closing = keep ? "keeping" : "dropping";
		const training = this.#entries.filter((entry) => entry.training !== undefined);
		if (!keep) this.#entries = training;
		for (const entry of training) entry.training?.pause();
		const late = setTimeout(() => {
			for (const entry of training) entry.training?.kill();
		}, farewell);
		await Promise.all(training.map((entry) => entry.gone));
		clearTimeout(late);
		this.#save();
	}

	#find(path: string): Entry | undefined {
		return this.#entries.find((entry) => entry.path === path);
	}

	#need(path: string): Entry {
		const entry = this.#find(path);
		if (entry === undefined) throw new MaskwrightError("wrongState", `${path} does not train here.`);
		return entry;
	}

	async #enter(path: string, finish: boolean): Promise<void> {
		const status = await statusOnDisk(path);
		if (this.#find(path) !== undefined) return;
		let leave = (): void => {};
		const gone = new Promise<void>((resolve) => {
			leave = resolve;
		});
		const queued: RunStatus = { ...status, state: "queued", message: null, own: true };
		const entry = { path, finish, status: queued, budget: budgetOf(path), training: undefined, gone, leave };
		this.#entries.push(entry);
		this.#options.onStatus(queued);
	}

	/** After every change of the queue: it is written, and the first run trains. */
	#changed(): void {
		this.#save();
		if (this.#closing !== "no") return;
		this.#options.onActive();
		const first = this.#entries[0];
		if (first !== undefined && first.training === undefined) void this.#train(first);
	}

	#save(): void {
		const runs = this.#entries.map(({ path, finish }) => ({ path, finish }));
		writeQueue(runs, this.#options.home);
	}

	async #train(entry: Entry): Promise<void> {
		const training = this.#supervise(entry);
		entry.training = training;
		if (entry.finish) training.finish();
		const end = await training.ended;
		if (end.outcome === "paused" && this.#closing === "keeping") return entry.leave();
		if (end.outcome === "failed") this.#noteFailure(entry.path, end.failure);
		await this.#remove(entry);
		const { model } = entry.status;
		if (end.outcome === "done" && model !== null) this.#options.onModel(model);
	}

	#supervise(entry: Entry): SupervisedRun {
		const { path } = entry;
		const { log, onEvent, onStatus, waits } = this.#options;
		const update = (changes: Partial<RunStatus>): void => {
			entry.status = { ...entry.status, ...changes };
			onStatus(entry.status);
		};
		update({ state: "preparing", message: null });
		const listener = {
			onEvent: (event: TrainingEvent, line: number) => {
				onEvent(path, event, line);
				const after = afterEvent(entry.status, event, entry.budget);
				// It is done, paused or diverged once its process has ended.
				update(after.state === "running" ? after : { ...after, state: entry.status.state });
			},
			onPreparing: ({ stage }: { stage: string }) => update({ state: "preparing", stage }),
			onFinishing: () => update({ state: "finishing", stage: null }),
			onMemory: (memoryBytes: number) => update({ memoryBytes }),
			onWarning: (message: string) => log("warn", `${entry.status.run}: ${message}`),
			onDeath: (message: string) => {
				log("warn", `${entry.status.run}: ${message}`);
				update({ state: "interrupted", message, memoryBytes: null, tokensPerSecond: null });
			},
		};
		return superviseRun(path, listener, waits);
	}

	#noteFailure(path: string, failure: (RunEnd & { outcome: "failed" })["failure"]): void {
		this.#options.log("error", `${path}: ${failure.message}`);
		const job = readRunJob(path) ?? { corpus: null, device: "auto", threads: null, from: null };
		writeRunJob(path, { ...job, failure });
	}

	async #remove(entry: Entry): Promise<void> {
		this.#entries = this.#entries.filter((other) => other !== entry);
		entry.status = await statusOnDisk(entry.path);
		this.#options.onStatus(entry.status);
		entry.leave();
		this.#changed();
	}
}
