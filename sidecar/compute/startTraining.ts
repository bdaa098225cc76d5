import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { MaskwrightError } from "../base/errors.ts";
import type { TrainingEvent } from "../protocol/events.ts";
import type { FromTraining, PreparationProgress, ToTraining, TrainingRequest } from "./messages.ts";

export interface TrainingListener {
	readonly onEvent: (event: TrainingEvent) => void;
	readonly onPreparing?: (progress: PreparationProgress) => void;
	readonly onWarning?: (message: string) => void;
	/** Told the process id as soon as there is one. */
	readonly onStart?: (pid: number) => void;
}

/** How much of what the process wrote to its standard error is kept for an error message. */
const keptOutput = 4000;

/**
 * Trains in a process of its own; killing it harms nothing else. Resolves when the run is done; aborting `signal`
 * pauses it with a checkpoint and rejects with `interrupted`.
 * @throws what the run failed with, or `processDied` when the process ended without a word.
 */
export async function startTraining(
	request: TrainingRequest,
	listener: TrainingListener,
	signal: AbortSignal,
): Promise<void> {
	const here = fileURLToPath(import.meta.url);
	const program = fileURLToPath(new URL(`training${extname(here)}`, import.meta.url));
	const child = fork(program, [], { stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "advanced" });
	if (child.pid !== undefined) listener.onStart?.(child.pid);
	let output = "";
	child.stderr?.on("data", (chunk: Buffer) => {
		output = (output + chunk.toString()).slice(-keptOutput);
	});
	const send = (message: ToTraining): void => {
		if (child.connected) child.send(message);
	};
	const pause = (): void => send({ type: "pause" });
	signal.addEventListener("abort", pause);
	send({ type: "start", request });
	if (signal.aborted) pause();
	try {
		const last = await new Promise<FromTraining | undefined>((resolve, reject) => {
			let final: FromTraining | undefined;
			child.on("message", (message: FromTraining) => {
				if (message.type === "event") listener.onEvent(message.event);
				else if (message.type === "preparing") listener.onPreparing?.(message.progress);
				else if (message.type === "warning") listener.onWarning?.(message.message);
				else final = message;
			});
			child.on("error", reject);
			child.on("close", () => resolve(final));
		});
		if (last === undefined) throw died(child.signalCode, child.exitCode, output);
		if (last.type === "failed") throw new MaskwrightError(last.name, last.message, { data: { stack: last.stack } });
		if (signal.aborted) throw new MaskwrightError("interrupted", "The run was paused.");
	} finally {
		signal.removeEventListener("abort", pause);
	}
}

function died(signalCode: string | null, exitCode: number | null, output: string): MaskwrightError {
	const how = signalCode === null ? `with exit code ${exitCode}` : `by signal ${signalCode}`;
	const memory =
		signalCode === "SIGKILL" ? " It may have run out of memory: a smaller train.batchTokens needs less." : "";
	return new MaskwrightError(
		"processDied",
		`The training process ended ${how}.${memory} The last checkpoint is kept: go on with \`maskwright resume RUN\`.`,
		{ data: { output } },
	);
}
