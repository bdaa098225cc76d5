import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { MaskwrightError } from "../base/errors.ts";
import { describeDeath, memoryKills } from "./death.ts";
import {
	type TaskAnswer,
	type TaskNews,
	type TaskProgress,
	type TaskRequest,
	type TaskResults,
	writingTasks,
} from "./taskMessages.ts";

/** How long a process that writes may take to stop. */
const patienceMs = 10_000;

/**
 * Has a question answered by a process of its own, which ends when `signal` is aborted: killed, but for one that writes,
 * which is first asked to stop. Resolves after its end.
 * @throws what the task failed with, `interrupted`, or `processDied`.
 */
export async function startTask<Request extends TaskRequest>(
	request: Request,
	signal: AbortSignal,
	onProgress: (progress: TaskProgress) => void = () => {},
): Promise<TaskResults[Request["task"]]> {
	const here = fileURLToPath(import.meta.url);
	const program = fileURLToPath(new URL(`task${extname(here)}`, import.meta.url));
	signal.throwIfAborted();
	const killsBefore = memoryKills();
	const child = fork(program, [String(process.pid)], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
	let patience: NodeJS.Timeout | undefined;
	const kill = (): void => void child.kill("SIGKILL");
	const end = (): void => {
		if (writingTasks.has(request.task)) {
			child.send("stop", () => {});
			patience = setTimeout(kill, patienceMs);
		} else kill();
	};
	signal.addEventListener("abort", end);
	let output = "";
	child.stderr?.on("data", (chunk: Buffer) => {
		output = (output + chunk.toString()).slice(-4000);
	});
	try {
		const answer = await new Promise<TaskAnswer | undefined>((resolve, reject) => {
			let answer: TaskAnswer | undefined;
			child.on("message", (message: TaskAnswer | TaskNews) => {
				if ("progress" in message) onProgress(message.progress);
				else answer = message;
			});
			child.on("error", reject);
			child.on("close", () => resolve(answer));
			child.send(request, () => {});
		});
		const done = answer !== undefined && "result" in answer;
		if (signal.aborted && !done) throw new MaskwrightError("interrupted", "Cancelled.");
		const { signalCode, exitCode } = child;
		if (answer === undefined) {
			const { how } = describeDeath({ signalCode, exitCode, output, killsBefore });
			throw new MaskwrightError("processDied", `The process that looked into it ended ${how}. Try again.`, {
				data: { output },
			});
		}
		if ("result" in answer) return answer.result as TaskResults[Request["task"]];
		throw new MaskwrightError(answer.failed.name, answer.failed.message, { data: { stack: answer.failed.stack } });
	} finally {
		signal.removeEventListener("abort", end);
		clearTimeout(patience);
	}
}
