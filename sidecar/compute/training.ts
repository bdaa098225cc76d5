/** The training process: one run, then the end. It is told what to do by its parent and pauses when that is gone. */
import { isError } from "../base/errors.ts";
import type { FromTraining, ToTraining } from "./messages.ts";
import { runTraining } from "./runTraining.ts";

const pause = new AbortController();

// The terminal sends Ctrl-C to every process of the group: the parent decides what it means.
process.on("SIGINT", () => {});
process.on("disconnect", () => pause.abort());
process.on("message", (message: ToTraining) => {
	if (message.type === "pause") pause.abort();
	else void start(message);
});

async function start({ request }: ToTraining & { type: "start" }): Promise<void> {
	try {
		await runTraining(request, {
			emit: (event) => tell({ type: "event", event }),
			preparing: (progress) => tell({ type: "preparing", progress }),
			warn: (message) => tell({ type: "warning", message }),
			pause: pause.signal,
		});
		tell({ type: "finished" });
	} catch (error) {
		const cause = error instanceof Error ? error : new Error(String(error));
		const name = isError(error) ? error.name : "internal";
		const causes = cause.cause instanceof Error ? `\nCaused by ${cause.cause.stack}` : "";
		tell({ type: "failed", name, message: cause.message, stack: `${cause.stack ?? ""}${causes}` });
	}
	if (process.connected) process.disconnect();
}

function tell(message: FromTraining): void {
	if (process.connected) process.send?.(message);
}
