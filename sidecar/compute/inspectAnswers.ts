import { isError } from "../base/errors.ts";
import type { MasksOptions, NamedModel } from "../inference/inspect/masksQuestion.ts";
import { masksReport } from "../inference/inspect/masksReport.ts";
import { type LoadedModel, type OpenOptions, openModel } from "../inference/loadedModel.ts";
import type { MasksReport } from "../protocol/inspect/masks.ts";
import { modelName } from "../store/modelFolder.ts";
import { loadCorpus } from "../train/corpusFile.ts";
import { readGraphRows } from "../train/tasks/graphCodeBert/columns.ts";
import type { MasksRequest, ModelVersion } from "./inferenceMessages.ts";
import { readRecords } from "./readRecords.ts";

/** A model that is asked, its name, and how further sessions of it open. */
export interface AskedModel extends NamedModel {
	readonly open: OpenOptions;
}

/** Answers with what is masked in a text, and what one or two models say of it. */
export async function answerMasks(
	{ name, model, open }: AskedModel,
	{ predict, compare, run, reader, ...question }: MasksRequest,
	signal: AbortSignal,
): Promise<MasksReport> {
	const asked: NamedModel[] = predict ? [{ name, model }] : [];
	if (predict && compare !== null) {
		asked.push({ name: modelName(compare.folder), model: await openComparison(compare, open) });
	}
	const rows = run === null ? {} : rowsOf(run, question.graph === undefined ? "runRows" : "runGraphRows");
	const read = reader === undefined ? {} : await readRecords(question, reader, model);
	return masksReport(question, { model, asked, ...rows, ...read, open, signal });
}

/** The model that another was last compared with, and the rows last looked into: panels ask for the same again. */
let comparison: (ModelVersion & { readonly model: LoadedModel }) | undefined;
let lastRows: { readonly run: string; readonly rows: RunRows } | undefined;

/** The rows that a run trains on, of either kind. */
type RunRows = Pick<MasksOptions, "runRows" | "runGraphRows">;

async function openComparison(version: ModelVersion, open: OpenOptions): Promise<LoadedModel> {
	if (comparison?.folder === version.folder && comparison.version === version.version) return comparison.model;
	await comparison?.model.release();
	comparison = undefined;
	const model = openModel(version.folder, open);
	comparison = { ...version, model };
	return model;
}

/** The rows of a run; none where they cannot be read any more, as those of an older version. */
function rowsOf(run: string, kind: keyof RunRows): RunRows {
	if (lastRows?.run === run && kind in lastRows.rows) return lastRows.rows;
	try {
		const { train, examples } = loadCorpus(run);
		const rows = kind === "runRows" ? { runRows: train } : { runGraphRows: readGraphRows(examples, "train") };
		lastRows = { run, rows };
		return rows;
	} catch (error) {
		if (isError(error, "checkpointInvalid")) return {};
		throw error;
	}
}
