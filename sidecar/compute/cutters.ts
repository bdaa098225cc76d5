import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Cutter, chunksBySyntax, type SourceChunk } from "../search/index/sourceChunks.ts";
import type { SyntaxLanguage } from "../syntax/languages.ts";

export interface ToCutting {
	readonly id: number;
	readonly text: string;
	readonly grammar: SyntaxLanguage;
}

/** `chunks` is undefined where the thread could not cut the text. */
export interface FromCutting {
	readonly id: number;
	readonly chunks: SourceChunk[] | undefined;
}

interface Job {
	readonly text: string;
	readonly grammar: SyntaxLanguage;
	readonly place: number;
	readonly settle: (chunks: SourceChunk[] | Promise<SourceChunk[]>) => void;
}

/** How many files are under way for each thread: enough for it to work on while a run of the model blocks this one. */
const aheadOfThread = 64;

/** How long the threads stay after their last work, in milliseconds. */
const keptFor = 30_000;

/** More threads than this would wait for the one that writes the index. */
const most = 4;

/**
 * Cuts texts in threads beside this one, one core left to it. What a thread cannot do is done here, and everything once
 * one has failed (as where the sources run and not what is built of them).
 */
export class Cutters implements Cutter {
	#threads: number;
	readonly #jobs = new Map<number, Job>();
	#workers: (Worker | undefined)[] = [];
	#next = 0;
	#idle: NodeJS.Timeout | undefined;

	/** `threads`: 0 cuts all in this thread. */
	constructor(threads = Math.min(most, availableParallelism() - 1)) {
		this.#threads = threads;
	}

	get ahead(): number {
		return Math.max(1, this.#threads * aheadOfThread);
	}

	readonly cut = (text: string, grammar: SyntaxLanguage): Promise<SourceChunk[]> => {
		if (this.#threads === 0) return chunksBySyntax(text, grammar);
		const id = this.#next++;
		return new Promise((settle) => {
			const place = id % this.#threads;
			this.#jobs.set(id, { text, grammar, place, settle });
			const worker = this.#worker(place);
			worker.ref(); // this process waits for it
			worker.postMessage({ id, text, grammar } satisfies ToCutting);
			this.#keep();
		});
	};

	/** Ends the threads; what they have not done is done here. */
	async release(): Promise<void> {
		clearTimeout(this.#idle);
		const workers = this.#workers;
		this.#workers = [];
		await Promise.all(workers.map((worker) => worker?.terminate()));
	}

	#worker(place: number): Worker {
		const there = this.#workers[place];
		if (there !== undefined) return there;
		const program = new URL(`cutting${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
		const worker = new Worker(program);
		worker.on("message", ({ id, chunks }: FromCutting) => this.#settle(id, chunks));
		worker.on("error", () => {
			this.#threads = 0;
		});
		// A thread that is gone, for want of memory or because it was ended, leaves its texts to this one.
		worker.on("exit", () => this.#takeOver(place, worker));
		this.#workers[place] = worker;
		return worker;
	}

	#settle(id: number, chunks: SourceChunk[] | undefined): void {
		const job = this.#jobs.get(id);
		this.#jobs.delete(id);
		if (this.#jobs.size === 0) for (const worker of this.#workers) worker?.unref();
		job?.settle(chunks ?? chunksBySyntax(job.text, job.grammar));
	}

	#takeOver(place: number, worker: Worker): void {
		if (this.#workers[place] === worker) this.#workers[place] = undefined;
		for (const [id, job] of [...this.#jobs]) if (job.place === place) this.#settle(id, undefined);
	}

	#keep(): void {
		clearTimeout(this.#idle);
		this.#idle = setTimeout(() => void this.release(), keptFor).unref();
	}
}
