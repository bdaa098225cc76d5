import { MaskwrightError } from "../base/errors.ts";
import { windowAround } from "../inference/window.ts";
import type { Span } from "../protocol/masks.ts";
import type { FillResult } from "../protocol/outputs.ts";
import { createDeaths } from "./inferenceDeaths.ts";
import type {
	InferenceKind,
	InferenceRequest,
	InferenceResult,
	ModelUse,
	Outcome,
	RequestOf,
} from "./inferenceMessages.ts";
import { type Death, type InferenceProcess, startInferenceProcess } from "./inferenceProcess.ts";
import { chooseNext, type Pending } from "./inferenceQueue.ts";
import { askedVersion, versionInUse } from "./modelVersion.ts";

export interface InferenceOptions {
	/** The user's folder; by default that of `homeLayout`. */
	readonly home?: string;
	readonly log: (level: "debug" | "info" | "warn" | "error", message: string) => void;
	/** An idle process is ended after so many seconds; by default 600. */
	readonly idleSeconds?: number;
	/** The waits before a process that died is replaced, in seconds; the last one repeats. By default 1, 2, 4, 8. */
	readonly waitSeconds?: readonly number[];
	/** Told what each request cost the model. */
	readonly onFill?: (use: ModelUse) => void;
}

export interface InferenceFillOptions {
	/** Candidates for each mask. */
	readonly top: number;
	/** A model's name or folder; by default the model in use. */
	readonly model?: string;
	readonly signal: AbortSignal;
	/** Fill the mask there, from the text near it, and no others than help to fill it. */
	readonly around?: Span;
}

export interface InferenceAskOptions {
	/** A model's name or folder; by default the model in use. */
	readonly model?: string;
	readonly signal: AbortSignal;
}

export interface InferenceStatus {
	readonly pid: number | null;
	/** The folder of the model in memory. */
	readonly loaded: string | null;
	readonly executionProvider: string | null;
	/** Of the process, when it last spoke. */
	readonly memoryBytes: number;
	/** The own mask token of the model in memory. */
	readonly maskToken: string | null;
}

/** A model's answers from a process of their own, which starts with the first request and is replaced when it dies. */
export interface Inference {
	/**
	 * As `fill` of the inference room, positions in `text` whole. Throws as it does, `notFound` without a model,
	 * `interrupted` as soon as the signal is aborted, and `processDied` when the process died twice under the request
	 * or too often of late.
	 */
	fill(text: string, options: InferenceFillOptions): Promise<FillResult>;
	/** Has a request of any kind answered as its room does; throws as `fill`. */
	ask<Kind extends InferenceKind>(
		kind: Kind,
		request: RequestOf<Kind>,
		options: InferenceAskOptions,
	): Promise<InferenceResult<Kind>>;
	/** The folder of a model by its name or path, or of the one in use; throws `notFound`. */
	folderOf(model: string | undefined): string;
	/** Starts the process with the model in use, if there is one, since a request is likely to come. */
	warm(): void;
	status(): InferenceStatus;
	/** To be told when another model is in use, or the same folder holds another one. */
	modelChanged(): void;
	/** Called when the status or the model in use changed; gives what ends that. */
	onChange(listener: () => void): () => void;
	/** Refuses what is under way and resolves when the process is gone. */
	shutdown(): Promise<void>;
}

/** Creates the one inference of a sidecar. */
export function createInference(options: InferenceOptions): Inference {
	const { home, log, idleSeconds = 600, onFill } = options;
	const deaths = createDeaths(options.waitSeconds);
	const waiting: Pending[] = [];
	const underWay = new Map<number, Pending>();
	const listeners = new Set<() => void>();
	let child: InferenceProcess | undefined;
	let pause: NodeJS.Timeout | undefined;
	let idle: NodeJS.Timeout | undefined;
	let lastId = 0;
	let shut = false;

	const changed = (): void => {
		for (const listener of listeners) listener();
	};

	function endChild(): Promise<void> {
		const ended = child?.end();
		child = undefined;
		if (ended !== undefined) changed();
		return ended ?? Promise.resolve();
	}

	function start(): InferenceProcess {
		const started = startInferenceProcess({
			onLoaded: () => {
				log("info", `The model in ${started.loaded?.folder} is in memory (process ${started.pid}).`);
				changed();
			},
			onSettled: settle,
			onDeath: replace,
		});
		return started;
	}

	/** Gives the process what it may do beside what is under way. */
	function pump(): void {
		clearTimeout(idle);
		while (pause === undefined) {
			const next = chooseNext(waiting, [...underWay.values()]);
			if (next === undefined) break;
			waiting.splice(waiting.indexOf(next), 1);
			if (child === undefined) {
				child = start();
				changed();
			}
			underWay.set(++lastId, next);
			child.ask(lastId, next.asked);
		}
		if (child === undefined || underWay.size + waiting.length > 0) return;
		idle = setTimeout(() => void endChild(), 1000 * idleSeconds);
		idle.unref();
	}

	function settle(id: number, outcome: Outcome, use: ModelUse): void {
		const pending = underWay.get(id);
		underWay.delete(id);
		onFill?.(use);
		if (outcome.type === "answered") pending?.resolve(outcome.result);
		else pending?.reject(new MaskwrightError(outcome.name, outcome.message, { data: { stack: outcome.stack } }));
		pump();
	}

	/** What was under way is tried once more in a new process, after a wait. */
	function replace(death: Death): void {
		child = undefined;
		const error = deaths.add(death);
		log("warn", `${error.message}${death.output === "" ? "" : `\n${death.output.trimEnd()}`}`);
		for (const pending of underWay.values()) {
			if (pending.retried) pending.reject(error);
			if (pending.settled) continue;
			pending.retried = true;
			waiting.push(pending);
		}
		underWay.clear();
		if (deaths.refusal !== undefined) for (const pending of waiting.splice(0)) pending.reject(deaths.refusal);
		pause = setTimeout(resume, 1000 * deaths.waitSeconds());
		changed();
	}

	function resume(): void {
		clearTimeout(pause);
		pause = undefined;
		pump();
	}

	function enqueue(asked: InferenceRequest, signal: AbortSignal): Promise<InferenceResult> {
		return new Promise((resolve, reject) => {
			const end = (): void => {
				pending.settled = true;
				signal.removeEventListener("abort", abort);
			};
			const pending: Pending = {
				asked,
				resolve: (result) => {
					end();
					resolve(result);
				},
				reject: (error) => {
					end();
					reject(error);
				},
				settled: false,
				retried: false,
			};
			function abort(): void {
				const at = waiting.indexOf(pending);
				if (at >= 0) waiting.splice(at, 1);
				for (const [id, other] of underWay) if (other === pending) child?.cancel(id);
				pending.reject(interrupted());
			}
			signal.addEventListener("abort", abort);
			waiting.push(pending);
			pump();
		});
	}

	async function ask<Kind extends InferenceKind>(
		kind: Kind,
		request: RequestOf<Kind>,
		{ model: name, signal }: InferenceAskOptions,
	): Promise<InferenceResult<Kind>> {
		if (shut || signal.aborted) throw interrupted();
		const model = askedVersion(name, home);
		if (deaths.refusal !== undefined) throw deaths.refusal;
		// The process answers a request with a result of its kind.
		return (await enqueue({ kind, request, model } as InferenceRequest, signal)) as InferenceResult<Kind>;
	}

	return {
		ask,
		async fill(text, { top, around, ...options }) {
			if (around === undefined) return ask("fill", { text, top }, options);
			const { start, end } = windowAround(text, around);
			const mask = { start: around.start - start, end: around.end - start };
			const result = await ask("fill", { text: text.slice(start, end), top, around: mask }, options);
			return {
				masks: result.masks.map((filled) => ({ ...filled, start: filled.start + start, end: filled.end + start })),
				text: text.slice(0, start) + result.text + text.slice(end),
			};
		},
		folderOf: (model) => askedVersion(model, home).folder,
		warm() {
			if (shut || child !== undefined || pause !== undefined || deaths.refusal !== undefined) return;
			const model = versionInUse(home);
			if (model === undefined) return;
			child = start();
			child.load(model);
			changed();
			pump(); // counts it as idle
		},
		status: () => ({
			pid: child?.pid ?? null,
			loaded: child?.loaded?.folder ?? null,
			executionProvider: child?.loaded?.executionProvider ?? null,
			memoryBytes: child?.memoryBytes ?? 0,
			maskToken: child?.loaded?.maskToken ?? null,
		}),
		modelChanged() {
			deaths.forget();
			resume();
			changed();
			if (child === undefined || underWay.size > 0) return; // the next request brings its model
			const model = versionInUse(home);
			if (model === undefined) void endChild();
			else child.load(model);
		},
		onChange(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		async shutdown() {
			shut = true;
			clearTimeout(pause);
			clearTimeout(idle);
			for (const pending of [...waiting.splice(0), ...underWay.values()]) {
				if (!pending.settled) pending.reject(interrupted());
			}
			underWay.clear();
			await endChild();
		},
	};
}

export function interrupted(): MaskwrightError {
	return new MaskwrightError("interrupted", "The model was stopped before it was done.");
}
