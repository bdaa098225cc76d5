/** The training process: one run, then the end. It is told what to do by its parent and pauses when that is gone. */
import { isError } from "../base/errors.ts";
import { endWithParent } from "./endWithParent.ts";
import type { FromTraining, ToTraining } from "./messages.ts";
import { runTraining } from "./runTraining.ts";

const pause = new AbortController();
const finish = new AbortController();

/** A run of a parent that is gone has this long to write its last checkpoint, in milliseconds. */
endWithParent(Number(process.argv[2]), 2_200);

// The terminal sends Ctrl-C to every process of the group: the parent decides what it means.
process.on("SIGINT", () => {});
// Whoever holds no channel to this process can pause its run all the same.
process.on("SIGTERM", () => pause.abort());
process.on("disconnect", () => pause.abort());
process.on("message", (message: ToTraining) => {
	if (message.type === "pause") pause.abort();
	else if (message.type === "finish") finish.abort();
	else void start(message);
});

async function start({ request }: ToTraining & { type: "start" }): Promise<void> {
	const memory = setInterval(() => tell({ type: "memory", bytes: process.memoryUsage.rss() }), 1_000);
	try {
		await runTraining(request, {
			emit: (event, line) => tell({ type: "event", event, line }),
			preparing: (progress) => tell({ type: "preparing", progress }),
			finishing: () => tell({ type: "finishing" }),
			warn: (message) => tell({ type: "warning", message }),
			pause: pause.signal,
			finish: finish.signal,
		});
		tell({ type: "finished" });
	} catch (error) {
		const cause = error instanceof Error ? error : new Error(String(error));
		const name = isError(error) ? error.name : "internal";
		const causes = cause.cause instanceof Error ? `\nCaused by ${cause.cause.stack}` : "";
		tell({ type: "failed", name, message: cause.message, stack: `${cause.stack ?? ""}${causes}` });
	}
	clearInterval(memory);
	if (process.connected) process.disconnect();
}

function tell(message: FromTraining): void {
	if (process.connected) process.send?.(message);
}
