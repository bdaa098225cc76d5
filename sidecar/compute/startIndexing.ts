import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { MaskwrightError } from "../base/errors.ts";
import type { IndexStatus } from "../protocol/search.ts";
import { endChild } from "./endChild.ts";
import { errorOf } from "./failure.ts";
import {
	type FromIndexing,
	type IndexingQuestion,
	type IndexingRequest,
	noIndex,
	type ToIndexing,
} from "./indexingMessages.ts";
import { createDeaths } from "./inferenceDeaths.ts";

export interface IndexingOptions {
	/** The user's folder; by default that of the environment. */
	readonly home?: string;
	readonly log: (level: "debug" | "info" | "warn" | "error", message: string) => void;
	/** Told how a folder stands; `made` counts the vectors made since it was started. */
	readonly onStatus: (status: IndexStatus, made: number) => void;
	/** Told after its status when the work at a folder cannot go on. */
	readonly onFailure?: (folder: string, error: MaskwrightError) => void;
	/** The waits before a process that died is replaced, in seconds; the last one repeats. By default 1, 2, 4, 8. */
	readonly waitSeconds?: readonly number[];
}

/** Indexes folders, given by their real paths, in a process of its own, which starts with the first of them. */
export interface Indexing {
	/** What was last told of a folder that was started; undefined of another. */
	status(folder: string): IndexStatus | undefined;
	start(request: IndexingRequest): void;
	/** Whether anybody is there for whom folders are to be watched. True at first. */
	setWatching(watch: boolean): void;
	/** Ends the work at a folder after the unit under way; what is done stays. */
	stop(folder: string): Promise<void>;
	/** Stops and removes an index. Throws `indexLocked` while another process writes it. */
	remove(folder: string): Promise<void>;
	/** What is wrong with an index, a sentence each. */
	verify(folder: string, signal: AbortSignal): Promise<readonly string[]>;
	/** Folders at which there is work to do. */
	working(): number;
	/** Resolves when the process is gone; what is done stays. */
	shutdown(): Promise<void>;
}

interface Pending {
	readonly resolve: (problems: readonly string[]) => void;
	readonly reject: (error: MaskwrightError) => void;
}

export function createIndexing(options: IndexingOptions): Indexing {
	const { home, log, onStatus, onFailure } = options;
	const deaths = createDeaths(options.waitSeconds, { process: "indexing", advice: "Restart the sidecar." });
	const started = new Map<string, { readonly request: IndexingRequest; status: IndexStatus | undefined }>();
	const pending = new Map<number, Pending>();
	let child: IndexingProcess | undefined;
	let pause: NodeJS.Timeout | undefined;
	let watching = true;
	let lastId = 0;
	let shut = false;

	function theProcess(): IndexingProcess {
		child ??= startIndexingProcess(home, { onMessage: receive, onDeath: replace });
		return child;
	}

	function startAll(): void {
		const running = theProcess();
		running.send({ type: "watch", watch: watching });
		// Whatever was asked once has been begun: a rebuild that was cut off goes on by itself.
		for (const { request } of started.values())
			running.send({ type: "start", request: { ...request, rebuild: false } });
	}

	function receive(message: FromIndexing): void {
		if (message.type === "settled") {
			const { problems, failure } = { problems: [], failure: undefined, ...message.outcome };
			const waiting = pending.get(message.id);
			pending.delete(message.id);
			if (failure === undefined) waiting?.resolve(problems);
			else waiting?.reject(errorOf(failure));
			return;
		}
		const folder = started.get(message.status.folder);
		if (folder === undefined) return; // stopped meanwhile
		folder.status = message.status;
		onStatus(message.status, message.type === "status" ? message.made : 0);
		if (message.type === "status") return;
		const { failure } = message;
		log(failure.name === "internal" ? "error" : "warn", `Indexing ${message.status.folder}: ${failure.stack}`);
		onFailure?.(message.status.folder, errorOf(failure));
	}

	function replace(death: Death): void {
		child = undefined;
		const error = deaths.add(death);
		log("error", `${error.message} ${death.output}`);
		for (const waiting of pending.values()) waiting.reject(error);
		pending.clear();
		if (shut || started.size === 0) return;
		const { refusal } = deaths;
		if (refusal !== undefined) giveUp(refusal);
		else {
			pause = setTimeout(() => {
				pause = undefined;
				startAll();
			}, 1_000 * deaths.waitSeconds());
		}
	}

	function giveUp(error: MaskwrightError): void {
		for (const [folder, { status }] of started) {
			onStatus({ ...(status ?? noIndex(folder)), state: "failed", message: error.message, watching: false }, 0);
			onFailure?.(folder, error);
		}
		started.clear();
		deaths.forget(); // whoever starts it again wants it tried again
	}

	function ask(question: IndexingQuestion, folder: string, signal?: AbortSignal): Promise<readonly string[]> {
		const id = ++lastId;
		const asked = theProcess();
		const cancel = (): void => asked.send({ type: "cancel", id });
		return new Promise<readonly string[]>((resolve, reject) => {
			pending.set(id, { resolve, reject });
			asked.send({ type: "ask", id, question, folder });
			signal?.addEventListener("abort", cancel);
			if (signal?.aborted) cancel();
		}).finally(() => signal?.removeEventListener("abort", cancel));
	}

	return {
		status: (folder) => started.get(folder)?.status,
		start(request) {
			const { folder } = request;
			started.set(folder, { request, status: started.get(folder)?.status });
			if (pause !== undefined) return; // it is started with the others
			const isNew = child === undefined;
			const running = theProcess();
			if (isNew) running.send({ type: "watch", watch: watching });
			running.send({ type: "start", request });
		},
		setWatching(watch) {
			watching = watch;
			child?.send({ type: "watch", watch });
		},
		async stop(folder) {
			if (started.delete(folder) && child !== undefined) await ask("stop", folder);
		},
		async remove(folder) {
			started.delete(folder);
			await ask("delete", folder);
		},
		verify: (folder, signal) => ask("verify", folder, signal),
		working: () => [...started.values()].filter(({ status }) => isWorking(status)).length,
		async shutdown() {
			shut = true;
			clearTimeout(pause);
			started.clear();
			await child?.end();
			child = undefined;
		},
	};
}

function isWorking(status: IndexStatus | undefined): boolean {
	return status === undefined || !["ready", "failed", "none"].includes(status.state);
}

type Death = Parameters<ReturnType<typeof createDeaths>["add"]>[0];

interface IndexingProcess {
	send(message: ToIndexing): void;
	/** Resolves when it is gone. */
	end(): Promise<void>;
}

function startIndexingProcess(
	home: string | undefined,
	listener: { readonly onMessage: (message: FromIndexing) => void; readonly onDeath: (death: Death) => void },
): IndexingProcess {
	const here = fileURLToPath(import.meta.url);
	const program = fileURLToPath(new URL(`indexing${extname(here)}`, import.meta.url));
	const child = fork(program, [String(process.pid), home ?? ""], {
		stdio: ["ignore", "ignore", "pipe", "ipc"],
		serialization: "advanced",
	});
	let output = "";
	let ending = false;
	child.stderr?.on("data", (chunk: Buffer) => {
		output = (output + chunk.toString()).slice(-4_000);
	});
	const gone = new Promise<void>((resolve) => {
		child.once("exit", () => resolve());
		child.once("error", (error) => {
			output += error.message;
			if (child.pid === undefined) resolve();
		});
	});
	void gone.then(() => {
		const { exitCode, signalCode } = child;
		if (!ending) listener.onDeath({ exitCode, signalCode, output });
	});
	child.on("message", (message: FromIndexing) => {
		if (!ending) listener.onMessage(message);
	});
	return {
		send: (message) => {
			if (child.connected) child.send(message, () => {}); // one that cannot be sent is one to a dead process
		},
		async end() {
			ending = true;
			await endChild(child, gone);
		},
	};
}
