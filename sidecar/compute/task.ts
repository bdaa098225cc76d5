/** A process that answers one question which takes long, and ends. Killing it is how the question is taken back. */
import { isError } from "../base/errors.ts";
import { reportCorpus } from "./corpusReport.ts";
import { reportDevices } from "./deviceReport.ts";
import { endWithParent } from "./endWithParent.ts";
import type { TaskAnswer, TaskRequest } from "./taskMessages.ts";

endWithParent(Number(process.argv[2]), 500);
process.on("SIGINT", () => {});
process.on("message", (request: TaskRequest) => void answer(request));

async function answer(request: TaskRequest): Promise<void> {
	try {
		const result = request.task === "corpus" ? await reportCorpus(request.path) : await reportDevices();
		tell({ result });
	} catch (error) {
		const cause = error instanceof Error ? error : new Error(String(error));
		tell({ failed: { name: isError(error) ? error.name : "internal", message: cause.message, stack: cause.stack } });
	}
	if (process.connected) process.disconnect();
}

function tell(message: TaskAnswer): void {
	if (process.connected) process.send?.(message);
}
