import type { ErrorName } from "../protocol/errors.ts";
import type { CorpusReport, DoctorReport } from "../protocol/outputs.ts";

/** What a task process can be asked. */
export type TaskRequest = { readonly task: "corpus"; readonly path: string } | { readonly task: "doctor" };

/** What each task gives. */
export interface TaskResults {
	readonly corpus: CorpusReport;
	readonly doctor: DoctorReport;
}

export type TaskAnswer =
	| { readonly result: TaskResults[TaskRequest["task"]] }
	| { readonly failed: { readonly name: ErrorName; readonly message: string; readonly stack: string | undefined } };
