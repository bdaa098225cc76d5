import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { MaskwrightError } from "../base/errors.ts";
import { createDeaths } from "./inferenceDeaths.ts";
import type {
	FromSearch,
	SearchKind,
	SearchQuestion,
	SearchRequestOf,
	SearchResultOf,
	ToSearch,
} from "./searchMessages.ts";

export interface SearchingOptions {
	/** The user's folder; by default that of the environment. */
	readonly home?: string | undefined;
	readonly log: (level: "debug" | "info" | "warn" | "error", message: string) => void;
	/** An idle process is ended after so many seconds; by default 600. */
	readonly idleSeconds?: number;
}

/** Answers searches from a process of its own, which starts with the first of them. */
export interface Searching {
	/**
	 * Throws what `SearchService` does, `interrupted` as soon as the signal is aborted, and `processDied` when the
	 * process died under the question twice or too often of late.
	 */
	ask<Kind extends SearchKind>(
		kind: Kind,
		request: SearchRequestOf<Kind>,
		signal: AbortSignal,
	): Promise<SearchResultOf<Kind>>;
	/** The process, while there is one. */
	readonly pid: number | undefined;
	/** Has the process let go of a folder's files. */
	forget(folder: string): Promise<void>;
	/** Resolves when the process is gone. */
	shutdown(): Promise<void>;
}

interface Pending {
	readonly question: SearchQuestion;
	readonly resolve: (result: SearchResultOf) => void;
	readonly reject: (error: MaskwrightError) => void;
	/** Whether a process died under it. */
	retried: boolean;
}

export function createSearching({ home, log, idleSeconds = 600 }: SearchingOptions): Searching {
	const deaths = createDeaths([], { process: "search", advice: "Restart the sidecar." });
	const pending = new Map<number, Pending>();
	let child: ChildProcess | undefined;
	let idle: NodeJS.Timeout | undefined;
	let lastId = 0;

	function send(message: ToSearch): void {
		clearTimeout(idle);
		child ??= start();
		if (child.connected) child.send(message, () => {}); // one that cannot be sent is one to a dead process
	}

	function start(): ChildProcess {
		const here = fileURLToPath(import.meta.url);
		const program = fileURLToPath(new URL(`search${extname(here)}`, import.meta.url));
		const started = fork(program, [String(process.pid), home ?? ""], {
			stdio: ["ignore", "ignore", "pipe", "ipc"],
			serialization: "advanced",
		});
		let output = "";
		started.stderr?.on("data", (chunk: Buffer) => {
			output = (output + chunk.toString()).slice(-4_000);
		});
		started.on("message", ({ id, outcome }: FromSearch) => {
			if (started === child) settle(id, outcome);
		});
		started.once("exit", (exitCode, signalCode) => {
			if (started === child) replace({ exitCode, signalCode, output });
		});
		started.once("error", (error) => {
			if (started === child && started.pid === undefined) {
				replace({ exitCode: null, signalCode: null, output: error.message });
			}
		});
		return started;
	}

	function settle(id: number, outcome: FromSearch["outcome"]): void {
		const question = pending.get(id);
		pending.delete(id);
		if ("result" in outcome) question?.resolve(outcome.result);
		else {
			const { name, message, stack } = outcome.failed;
			question?.reject(new MaskwrightError(name, message, { data: { stack } }));
		}
		if (pending.size > 0) return;
		idle = setTimeout(() => void end(), 1_000 * idleSeconds);
		idle.unref();
	}

	/** What was under way is asked once more of a new process. */
	function replace(death: Parameters<typeof deaths.add>[0]): void {
		child = undefined;
		const error = deaths.add(death);
		log("warn", `${error.message} ${death.output}`);
		for (const [id, question] of pending) {
			if (question.retried || deaths.refusal !== undefined) {
				pending.delete(id);
				question.reject(deaths.refusal ?? error);
			} else {
				question.retried = true;
				send({ type: "ask", id, question: question.question });
			}
		}
	}

	async function end(): Promise<void> {
		const ending = child;
		child = undefined;
		clearTimeout(idle);
		if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
		const gone = new Promise<void>((resolve) => ending.once("exit", () => resolve()));
		if (ending.pid === undefined) return;
		ending.kill("SIGKILL"); // it only reads
		await gone;
	}

	async function ask<Kind extends SearchKind>(
		kind: Kind,
		request: SearchRequestOf<Kind>,
		signal: AbortSignal,
	): Promise<SearchResultOf<Kind>> {
		if (signal.aborted) throw interrupted();
		if (deaths.refusal !== undefined) throw deaths.refusal;
		const id = ++lastId;
		const question = { kind, request } as SearchQuestion;
		let abort = (): void => {};
		const result = new Promise<SearchResultOf>((resolve, reject) => {
			pending.set(id, { question, resolve, reject, retried: false });
			abort = () => {
				send({ type: "cancel", id });
				pending.delete(id);
				reject(interrupted());
			};
			signal.addEventListener("abort", abort);
			send({ type: "ask", id, question });
		});
		try {
			// The process answers a question with a result of its kind.
			return (await result) as SearchResultOf<Kind>;
		} finally {
			signal.removeEventListener("abort", abort);
		}
	}

	return {
		ask,
		get pid() {
			return child?.pid;
		},
		async forget(folder) {
			if (child !== undefined) await ask("forget", { folder }, new AbortController().signal);
		},
		async shutdown() {
			for (const { reject } of pending.values()) reject(interrupted());
			pending.clear();
			await end();
		},
	};
}

function interrupted(): MaskwrightError {
	return new MaskwrightError("interrupted", "The search was cancelled.");
}
