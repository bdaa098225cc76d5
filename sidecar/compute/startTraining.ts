import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { MaskwrightError } from "../base/errors.ts";
import type { TrainingEvent } from "../protocol/events.ts";
import { freeingFlags } from "../session/freeCopy.ts";
import { type Death, describeDeath, memoryKills } from "./death.ts";
import type { FromTraining, PreparationProgress, ToTraining, TrainingRequest } from "./messages.ts";

export interface TrainingListener {
	/** Told each event with its line in the run's metrics, counted from 0. */
	readonly onEvent: (event: TrainingEvent, line: number) => void;
	readonly onPreparing?: (progress: PreparationProgress) => void;
	/** Told when the last step is taken and the closing scores begin. */
	readonly onFinishing?: () => void;
	/** Told the resident memory of the process in bytes, about once a second. */
	readonly onMemory?: (bytes: number) => void;
	readonly onWarning?: (message: string) => void;
	/** Told the process id as soon as there is one. */
	readonly onStart?: (pid: number) => void;
}

/** How a run is told to end before its time. */
export interface TrainingSignals {
	/** Pauses after the step under way, with a checkpoint. */
	readonly pause: AbortSignal;
	/** Ends the budget after the step under way: closing scores and the model follow. */
	readonly finish?: AbortSignal;
	/** Ends the process at once. */
	readonly kill?: AbortSignal;
}

/** How much of what the process wrote to its standard error is kept for an error message. */
const keptOutput = 4000;

/**
 * Trains in a process of its own; killing it harms nothing else. Resolves when the run is done; a run that was
 * paused rejects with `interrupted`, after its checkpoint, and so does one that was killed by its signal.
 * @throws what the run failed with, or `processDied` when the process ended without a word.
 */
export async function startTraining(
	request: TrainingRequest,
	listener: TrainingListener,
	signals: TrainingSignals,
): Promise<void> {
	const here = fileURLToPath(import.meta.url);
	const program = fileURLToPath(new URL(`training${extname(here)}`, import.meta.url));
	const killsBefore = memoryKills();
	const child = fork(program, [String(process.pid)], {
		execArgv: [...process.execArgv, ...freeingFlags],
		stdio: ["ignore", "ignore", "pipe", "ipc"],
		serialization: "advanced",
	});
	if (child.pid !== undefined) listener.onStart?.(child.pid);
	const stopListening = command(child, request, signals);
	try {
		const { last, paused, output } = await follow(child, listener);
		if (signals.kill?.aborted) throw new MaskwrightError("interrupted", "The run was ended.");
		if (last === undefined) {
			const { signalCode, exitCode } = child;
			throw died(describeDeath({ signalCode, exitCode, output, killsBefore }), output);
		}
		if (last.type === "failed") throw new MaskwrightError(last.name, last.message, { data: { stack: last.stack } });
		if (paused) throw new MaskwrightError("interrupted", "The run was paused.");
	} finally {
		stopListening();
	}
}

/** Sends the request and, when the signals say so, what ends it. Returns what stops listening to the signals. */
function command(child: ChildProcess, request: TrainingRequest, signals: TrainingSignals): () => void {
	const send = (message: ToTraining): void => {
		// A process that has just died is told nothing; its end says enough.
		if (child.connected) child.send(message, () => {});
	};
	const actions = [
		[signals.pause, () => send({ type: "pause" })],
		[signals.finish, () => send({ type: "finish" })],
		[signals.kill, () => child.kill("SIGKILL")],
	] as const;
	send({ type: "start", request });
	for (const [signal, action] of actions) {
		signal?.addEventListener("abort", action);
		if (signal?.aborted) action();
	}
	return () => {
		for (const [signal, action] of actions) signal?.removeEventListener("abort", action);
	};
}

/** Tells the listener what the process says until it has ended, and returns its last word. */
function follow(
	child: ChildProcess,
	listener: TrainingListener,
): Promise<{ last: FromTraining | undefined; paused: boolean; output: string }> {
	let output = "";
	let last: FromTraining | undefined;
	let paused = false;
	child.stderr?.on("data", (chunk: Buffer) => {
		output = (output + chunk.toString()).slice(-keptOutput);
	});
	return new Promise((resolve, reject) => {
		child.on("message", (message: FromTraining) => {
			if (message.type === "event") {
				paused = message.event.event === "paused";
				listener.onEvent(message.event, message.line);
			} else if (message.type === "preparing") listener.onPreparing?.(message.progress);
			else if (message.type === "finishing") listener.onFinishing?.();
			else if (message.type === "memory") listener.onMemory?.(message.bytes);
			else if (message.type === "warning") listener.onWarning?.(message.message);
			else last = message;
		});
		child.on("error", reject);
		child.on("close", () => resolve({ last, paused, output }));
	});
}

function died({ how, outOfMemory, advice }: Death, output: string): MaskwrightError {
	const why = advice === "" ? "" : ` ${advice}`;
	return new MaskwrightError(
		"processDied",
		`The training process ended ${how}.${why} The last checkpoint is kept: go on with \`maskwright resume RUN\`.`,
		{ data: { how, outOfMemory, advice, output } },
	);
}
