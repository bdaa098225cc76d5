import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { MaskwrightError } from "../base/errors.ts";
import { type Embedder, type EmbedderOptions, openEmbedder } from "../inference/embedder.ts";
import { errorOf, type Failure } from "./failure.ts";

export interface EmbeddingThreadData {
	readonly folder: string;
	readonly options: EmbedderOptions;
}

export interface ToEmbedding {
	readonly id: number;
	readonly texts: readonly string[];
}

type About = Pick<Embedder, "identity" | "dimension" | "size" | "isLargest">;

export type FromEmbedding =
	| { readonly type: "opened"; readonly about: About }
	| { readonly type: "refused"; readonly failure: Failure }
	| { readonly type: "vectors"; readonly id: number; readonly vectors: Float32Array }
	| { readonly type: "failed"; readonly id: number; readonly failure: Failure };

/** An embedder of code that may live in another thread; see `Embedder` for its members. */
export interface CodeEmbedder extends About {
	/** Whether it lives in a thread of its own. */
	readonly inThread: boolean;
	embed(texts: readonly string[]): Promise<Float32Array>;
	release(): Promise<void>;
}

interface Job {
	readonly settle: (vectors: Float32Array) => void;
	readonly fail: (error: MaskwrightError) => void;
}

/**
 * Opens a model for embedding code in a thread of its own: a run of the model blocks its thread, and the one that asks
 * goes on meanwhile. Where no thread can begin (as where the sources run and not what is built of them) the model is
 * opened in this one. Throws as `openEmbedder` does.
 */
export async function openEmbedderThread(folder: string, options: EmbedderOptions): Promise<CodeEmbedder> {
	const thread = new EmbedderThread(folder, options);
	const about = await thread.opened;
	if (about !== undefined) return { ...about, inThread: true, embed: thread.embed, release: () => thread.release() };
	const here = await openEmbedder(folder, options);
	return {
		...here,
		inThread: false,
		embed: (texts) => here.embed("code", texts),
		release: () => here.release(),
	};
}

interface Member {
	readonly embedder: Promise<CodeEmbedder>;
	/** Calls that are under way. */
	calls: number;
}

/**
 * The same in up to `most` threads, each with the model in memory: one more begins when all others have work. Where it
 * cannot, or finds other weights in the folder by then, the first does its work.
 */
export async function openEmbedderThreads(
	folder: string,
	options: EmbedderOptions,
	most: number,
): Promise<CodeEmbedder> {
	const first = await openEmbedderThread(folder, options);
	const members: Member[] = [{ embedder: Promise.resolve(first), calls: 0 }];
	const another = async (): Promise<CodeEmbedder> => {
		const other = await openEmbedderThread(folder, options).catch(() => first);
		if (other === first || other.identity === first.identity) return other;
		await other.release();
		return first;
	};
	const member = (): Member => {
		const [least] = members.toSorted((a, b) => a.calls - b.calls);
		if (least !== undefined && (least.calls === 0 || members.length >= most || !first.inThread)) return least;
		const added = { embedder: another(), calls: 0 };
		members.push(added);
		return added;
	};
	return {
		...first,
		async embed(texts) {
			const one = member();
			one.calls++;
			try {
				return await (await one.embedder).embed(texts);
			} finally {
				one.calls--;
			}
		},
		async release() {
			for (const { embedder } of members) await (await embedder).release();
		},
	};
}

class EmbedderThread {
	/** Undefined when the thread did not begin. */
	readonly opened: Promise<About | undefined>;
	readonly #worker: Worker;
	readonly #jobs = new Map<number, Job>();
	#next = 0;
	#gone = false;

	constructor(folder: string, options: EmbedderOptions) {
		const program = new URL(`embedding${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
		this.#worker = new Worker(program, { workerData: { folder, options } satisfies EmbeddingThreadData });
		this.opened = new Promise((settle, fail) => {
			this.#worker.on("message", (message: FromEmbedding) => {
				if (message.type === "opened") settle(message.about);
				else if (message.type === "refused") void this.release().then(() => fail(errorOf(message.failure)));
				else this.#settle(message);
			});
			this.#worker.on("error", () => {}); // it ends, which is told next
			this.#worker.on("exit", () => {
				this.#gone = true;
				settle(undefined);
				for (const { fail } of this.#jobs.values()) fail(ended());
			});
		});
	}

	readonly embed = (texts: readonly string[]): Promise<Float32Array> => {
		if (this.#gone) return Promise.reject(ended());
		const id = this.#next++;
		return new Promise((settle, fail) => {
			this.#jobs.set(id, { settle, fail });
			this.#worker.ref(); // this process waits for it
			this.#worker.postMessage({ id, texts } satisfies ToEmbedding);
		});
	};

	async release(): Promise<void> {
		await this.#worker.terminate();
	}

	#settle(message: Extract<FromEmbedding, { id: number }>): void {
		const job = this.#jobs.get(message.id);
		this.#jobs.delete(message.id);
		if (this.#jobs.size === 0) this.#worker.unref();
		if (message.type === "vectors") job?.settle(message.vectors);
		else job?.fail(errorOf(message.failure));
	}
}

function ended(): MaskwrightError {
	return new MaskwrightError(
		"processDied",
		"The thread that holds the model has ended, perhaps for want of memory. Index the folder again; what is done stays.",
	);
}
