import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { endChild } from "./endChild.ts";
import type {
	FromInference,
	InferenceRequest,
	LoadedNotice,
	ModelUse,
	ModelVersion,
	Outcome,
	ToInference,
} from "./inferenceMessages.ts";

/** How a process ended, and the last of what it wrote to its standard error. */
export interface Death {
	readonly exitCode: number | null;
	readonly signalCode: string | null;
	readonly output: string;
}

export interface InferenceListener {
	readonly onLoaded: () => void;
	readonly onSettled: (id: number, outcome: Outcome, model: ModelUse) => void;
	/** Told once; not after `end` was called. */
	readonly onDeath: (death: Death) => void;
}

/** A child process with at most one model in its memory. */
export interface InferenceProcess {
	readonly pid: number | null;
	/** What is in its memory. */
	readonly loaded: LoadedNotice | null;
	/** Resident memory when it last spoke. */
	readonly memoryBytes: number;
	ask(id: number, asked: InferenceRequest): void;
	cancel(id: number): void;
	load(model: ModelVersion): void;
	/** Resolves when it is gone. */
	end(): Promise<void>;
}

/** How much of what the process wrote to its standard error is kept for an error message. */
const keptOutput = 4000;

/** Starts a process; it loads a model when it is asked to or with the first request. */
export function startInferenceProcess(listener: InferenceListener): InferenceProcess {
	const here = fileURLToPath(import.meta.url);
	const program = fileURLToPath(new URL(`inference${extname(here)}`, import.meta.url));
	const child = fork(program, [String(process.pid)], {
		stdio: ["ignore", "ignore", "pipe", "ipc"],
		serialization: "advanced",
	});
	let loaded: LoadedNotice | null = null;
	let memoryBytes = 0;
	let output = "";
	let ending = false;
	const gone = new Promise<void>((resolve) => {
		child.once("exit", () => resolve()); // `close` does not come after our own `disconnect`
		child.once("error", () => {
			if (child.pid === undefined) resolve(); // it never started
		});
	});
	child.once("error", (error) => {
		output += error.message;
		if (child.pid === undefined) listener.onDeath({ exitCode: null, signalCode: null, output });
	});
	child.once("close", (exitCode, signalCode) => {
		if (!ending) listener.onDeath({ exitCode, signalCode, output });
	});
	child.stderr?.on("data", (chunk: Buffer) => {
		output = (output + chunk.toString()).slice(-keptOutput);
	});
	child.on("message", (message: FromInference) => {
		memoryBytes = message.memoryBytes;
		if (message.type === "loaded") {
			loaded = message.notice;
			listener.onLoaded();
		} else if (!ending) {
			listener.onSettled(message.id, message.outcome, message.model);
		}
	});
	const send = (message: ToInference): void => {
		if (child.connected) child.send(message, () => {}); // one that cannot be sent is one to a dead process
	};
	return {
		get pid() {
			return child.pid ?? null;
		},
		get loaded() {
			return loaded;
		},
		get memoryBytes() {
			return memoryBytes;
		},
		ask: (id, asked) => send({ type: "ask", id, asked }),
		cancel: (id) => send({ type: "cancel", id }),
		load: (model) => send({ type: "load", model }),
		async end() {
			ending = true;
			await endChild(child, gone);
		},
	};
}
