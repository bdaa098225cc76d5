/** A process that answers one question which takes long, and ends. Taken back by `stop`, which ends what writes in order, or by killing it. */
import { invariant, isError } from "../base/errors.ts";
import { exportModel } from "../interop/export/exportModel.ts";
import { importModel } from "../interop/importModel.ts";
import type { ImportReport } from "../protocol/outputs.ts";
import { reportCorpus } from "./corpusReport.ts";
import { reportDevices } from "./deviceReport.ts";
import { endWithParent } from "./endWithParent.ts";
import type { TaskAnswer, TaskNews, TaskRequest, TaskResults } from "./taskMessages.ts";

endWithParent(Number(process.argv[2]), 500);
process.on("SIGINT", () => {});
const stop = new AbortController();
const { signal } = stop;
process.on("message", (message: TaskRequest | "stop") => {
	if (message === "stop") stop.abort();
	else void answer(message);
});

async function answer(request: TaskRequest): Promise<void> {
	try {
		tell({ result: await resultOf(request) });
	} catch (error) {
		const cause = error instanceof Error ? error : new Error(String(error));
		tell({ failed: { name: isError(error) ? error.name : "internal", message: cause.message, stack: cause.stack } });
	}
	if (process.connected) process.disconnect();
}

async function resultOf(request: TaskRequest): Promise<TaskResults[TaskRequest["task"]]> {
	switch (request.task) {
		case "corpus":
			return reportCorpus(request.path);
		case "doctor":
			return reportDevices();
		case "export":
			return exportModel(request);
		case "import":
			return importModel({ ...request, signal });
		case "hubPlan":
			return (await import("../interop/hub/importFromHub.ts")).lookAtHub(request.model, signal);
		case "download":
			return download(request);
	}
}

/** Tells how far it is, some times a second. */
async function download({ model, options }: Extract<TaskRequest, { task: "download" }>): Promise<ImportReport> {
	const { importFromHub } = await import("../interop/hub/importFromHub.ts");
	let told = 0;
	const report = await importFromHub(model, {
		...options,
		signal,
		confirm: async () => true, // was asked of the user where the plan was shown
		onProgress: (progress) => {
			if (progress.bytes < progress.total && performance.now() - told < 250) return;
			told = performance.now();
			tell({ progress });
		},
	});
	invariant(report !== undefined, "a download that was agreed to was not made.");
	return report;
}

function tell(message: TaskAnswer | TaskNews): void {
	if (process.connected) process.send?.(message);
}
