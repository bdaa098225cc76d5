import { isError } from "../base/errors.ts";
import type { IndexStatus } from "../protocol/search.ts";
import { FolderIndexer } from "../search/index/folderIndexer.ts";
import type { Cutter } from "../search/index/sourceChunks.ts";
import { type FolderWatch, watchFolder } from "../search/index/watchFolder.ts";
import { knownFolder } from "../store/boxedModels.ts";
import { failureOf } from "./failure.ts";
import { type FromIndexing, type IndexingRequest, noIndex } from "./indexingMessages.ts";
import { chooseSearchModel, type IndexingModels } from "./indexingModels.ts";
import { withSwitchedAdapter } from "./switchedAdapter.ts";

export interface IndexingWorkOptions {
	/** The real path of the source folder. */
	readonly folder: string;
	readonly home?: string;
	readonly models: IndexingModels;
	readonly cutter: Cutter;
	readonly tell: (message: FromIndexing) => void;
	/** Called when there is something to do again. */
	readonly onDue: () => void;
}

/** The least time between two notices of one state, in milliseconds. */
const noticeEvery = 250;

/** How long to wait for another process that writes the index, in milliseconds. */
const lockedFor = 300;

/** The work at one folder, in the indexing process. */
export class IndexingWork {
	readonly #options: IndexingWorkOptions;
	readonly #abort = new AbortController();
	readonly #indexer: FolderIndexer;
	#model: string | undefined;
	#size: string | undefined;
	/** The folder of the model that was last opened. */
	#chosen: string | undefined;
	#wanted: "watch" | "once" = "once";
	#watch: FolderWatch | undefined;
	#due = false;
	#told = { state: "", at: 0 };

	constructor(options: IndexingWorkOptions) {
		this.#options = options;
		const { folder, home, models, cutter } = options;
		const at = home === undefined ? {} : { home };
		this.#indexer = new FolderIndexer({
			folder,
			...at,
			cutter,
			signal: this.#abort.signal,
			openModel: (before) => {
				const named = this.#model === undefined ? {} : { name: this.#model };
				const chosen = chooseSearchModel({ ...named, before, ...at });
				this.#chosen = chosen;
				const known = before === null ? undefined : knownFolder(before);
				const same = known !== undefined && [known, withSwitchedAdapter(known, at)].includes(chosen);
				return models.open(chosen, this.#size ?? (same ? before?.size : undefined));
			},
		});
	}

	/** Whether there is something to do. */
	get due(): boolean {
		return this.#due;
	}

	async start({ model, size, rebuild, watch }: IndexingRequest, watching: boolean): Promise<void> {
		const switched = model === undefined && this.#isSwitched();
		const changed = switched || (model ?? this.#model) !== this.#model || (size ?? this.#size) !== this.#size;
		this.#model = switched ? undefined : (model ?? this.#model);
		this.#size = size ?? this.#size;
		if (changed) this.#indexer.modelChanged();
		if (rebuild) this.#indexer.rebuild();
		if (watch) this.#wanted = "watch";
		// Watched before it is compared: what changes in between is seen.
		await this.setWatching(watching);
		this.#indexer.rescan();
		this.#wake();
	}

	/** Watches the folder, when it was asked for, or no longer. */
	async setWatching(watching: boolean): Promise<void> {
		const wanted = watching && this.#wanted === "watch";
		if (wanted === (this.#watch !== undefined)) return;
		if (!wanted) {
			const watch = this.#watch;
			this.#watch = undefined;
			await watch?.stop();
			return;
		}
		this.#watch = await watchFolder(this.#options.folder, {
			onPaths: (paths) => {
				this.#indexer.notice(paths);
				this.#wake();
			},
			onAnything: () => {
				this.#indexer.rescan();
				this.#wake();
			},
		});
		this.#indexer.rescan(); // what changed while nobody watched
		this.#wake();
	}

	/** Does one unit of work and tells of it. */
	async step(): Promise<void> {
		try {
			this.#due = false; // a change that is seen meanwhile sets it again
			if (await this.#indexer.work()) this.#due = true;
			this.#tellStatus();
		} catch (error) {
			if (this.#abort.signal.aborted) return;
			if (isError(error, "indexLocked")) this.#waitForOther(error.message);
			else this.#tellFailure(error);
		}
	}

	/** Ends the work and the watch; what is done stays. */
	async stop(): Promise<void> {
		this.#abort.abort();
		this.#due = false;
		await this.#watch?.stop();
		this.#watch = undefined;
		this.#indexer.release();
	}

	/** Frees the index so that something else can be done with it. */
	release(): void {
		this.#indexer.release();
	}

	/** Whether another adapter is in use by now than the one that makes the vectors. */
	#isSwitched(): boolean {
		const { home } = this.#options;
		const at = home === undefined ? {} : { home };
		return this.#chosen !== undefined && withSwitchedAdapter(this.#chosen, at) !== this.#chosen;
	}

	#waitForOther(message: string): void {
		this.#options.tell({ type: "status", status: { ...this.#statusOrNothing(), state: "scanning", message }, made: 0 });
		setTimeout(() => this.#wake(), lockedFor);
	}

	#wake(): void {
		if (this.#abort.signal.aborted) return;
		this.#due = true;
		this.#options.onDue();
	}

	#status(): IndexStatus {
		const status = this.#indexer.status();
		const state = this.#due && status.state === "ready" ? "indexing" : status.state;
		return { ...status, state, watching: this.#watch !== undefined };
	}

	#tellStatus(): void {
		const now = performance.now();
		const state = this.#due ? "busy" : "ready";
		if (state === this.#told.state && state === "busy" && now - this.#told.at < noticeEvery) return;
		this.#told = { state, at: now };
		this.#options.tell({ type: "status", status: this.#status(), made: this.#indexer.embedded });
	}

	#tellFailure(error: unknown): void {
		this.#due = false;
		const failure = failureOf(error);
		const status: IndexStatus = { ...this.#statusOrNothing(), state: "failed", message: failure.message };
		this.#options.tell({ type: "failed", status, failure });
	}

	/** What can be told where not even the index can be opened. */
	#statusOrNothing(): IndexStatus {
		try {
			return this.#status();
		} catch {
			return noIndex(this.#options.folder);
		}
	}
}
