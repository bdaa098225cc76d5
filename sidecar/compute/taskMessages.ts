import type { ExportOptions } from "../interop/export/exportModel.ts";
import type { HubImport, HubModel } from "../interop/hub/importFromHub.ts";
import type { DownloadPlan } from "../interop/hub/listing.ts";
import type { ImportOptions } from "../interop/importModel.ts";
import type { ErrorName } from "../protocol/errors.ts";
import type { CorpusReport, DoctorReport, ExportReport, ImportReport } from "../protocol/outputs.ts";

/** What a task process can be asked. */
export type TaskRequest =
	| { readonly task: "corpus"; readonly path: string }
	| { readonly task: "doctor" }
	| ({ readonly task: "export" } & ExportOptions)
	| ({ readonly task: "import" } & Omit<ImportOptions, "signal">)
	| { readonly task: "hubPlan"; readonly model: HubModel }
	| { readonly task: "download"; readonly model: HubModel; readonly options: Pick<HubImport, "name" | "home"> };

/** Tasks that write: they are stopped in order, so that nothing half of them stays. */
export const writingTasks: ReadonlySet<TaskRequest["task"]> = new Set(["import", "download"]);

/** What each task gives. */
export interface TaskResults {
	readonly corpus: CorpusReport;
	readonly doctor: DoctorReport;
	readonly export: ExportReport;
	readonly import: ImportReport;
	readonly hubPlan: DownloadPlan;
	readonly download: ImportReport;
}

/** How far a download is. */
export type TaskProgress = Parameters<HubImport["onProgress"]>[0];

/** What a task tells before its answer. */
export interface TaskNews {
	readonly progress: TaskProgress;
}

export type TaskAnswer =
	| { readonly result: TaskResults[TaskRequest["task"]] }
	| { readonly failed: { readonly name: ErrorName; readonly message: string; readonly stack: string | undefined } };
