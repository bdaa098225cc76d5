/** A model, or the run that makes one, in a format for elsewhere. */
import { basename, dirname } from "node:path";
import { MaskwrightError } from "../../base/errors.ts";
import { loadWhole } from "../../inference/adapters.ts";
import type { ExportFormat, ExportReport } from "../../protocol/outputs.ts";
import { isAdapter } from "../../store/adapters.ts";
import { exportModel as copyModel } from "../../store/exportModel.ts";
import { modelFileSizes, saveModel } from "../../store/modelFolder.ts";
import { checkNewFolder, writeNewFolder } from "../../store/newFolder.ts";
import { isRun } from "../../store/runs.ts";
import type { FilesToWrite } from "./filesToWrite.ts";
import { huggingFaceFiles } from "./huggingFaceFiles.ts";
import { type ModelToExport, readModelToExport } from "./modelToExport.ts";
import { onnxFiles } from "./onnxFiles.ts";
import { packageOfRun } from "./runPackage.ts";
import { saveSubModel, subModel, type WantedSize, wantedSize } from "./subModel.ts";

export interface ExportOptions {
	/** The folder of a model, or of the run that makes it. */
	readonly path: string;
	readonly format: ExportFormat;
	/** The folder to write, new or empty. */
	readonly folder: string;
	/** Where a run package begins; at the first step by default. */
	readonly at?: "start" | "newest";
	/** The sub-model to write in place of the whole. */
	readonly size?: WantedSize;
}

/** What each format makes of the folder of a model, or of a run. */
const formats: Readonly<Record<Exclude<ExportFormat, "maskwright">, (options: ExportOptions) => FilesToWrite>> = {
	huggingface: (options) => huggingFaceFiles(partToExport(options)),
	onnx: (options) => onnxFiles(partToExport(options)),
	pytorch: ({ path, at = "start" }) => packageOfRun(runOf(path), at),
};

/**
 * Writes the folder, whole or not at all. Throws `usage` for a folder that is not empty and for what a format can't
 * hold, `modelInvalid`, `checkpointInvalid`, `notFound` and `storage`.
 */
export async function exportModel(options: ExportOptions): Promise<ExportReport> {
	const { format, folder, path, size } = options;
	checkNewFolder(folder);
	if (format !== "maskwright") return writeExport(formats[format](options), { format, folder });
	if (size === undefined && isAdapter(path)) return mergedExport(path, folder);
	if (size === undefined) return reportOf(await copyModel(path, folder), { format, folder, notes: [] });
	saveSubModel(folder, { path, part: partToExport(options) });
	return reportOf(modelFileSizes(folder), { format, folder, notes: [] });
}

/** The model, or the part of it that is asked for. */
function partToExport({ path, size }: ExportOptions): ModelToExport {
	const model = readModelToExport(path);
	return size === undefined ? model : subModel(model, wantedSize(model, size));
}

/** An adapter and its model as one model of its own. */
function mergedExport(path: string, folder: string): ExportReport {
	const notes = ["The adapter is merged into the weights of its model, in float32."];
	saveModel(folder, loadWhole(path));
	return reportOf(modelFileSizes(folder), { format: "maskwright", folder, notes });
}

/** Writes what a format has made; the report names every file. */
export function writeExport(
	{ notes, files }: FilesToWrite,
	{ format, folder }: { readonly format: ExportFormat; readonly folder: string },
): ExportReport {
	return reportOf(writeNewFolder(folder, files()), { format, folder, notes });
}

function reportOf(
	files: ReadonlyMap<string, number>,
	{
		format,
		folder,
		notes,
	}: { readonly format: ExportFormat; readonly folder: string; readonly notes: readonly string[] },
): ExportReport {
	const listed = [...files].map(([path, bytes]) => ({ path, bytes }));
	return {
		format,
		path: folder,
		files: listed,
		bytes: listed.reduce((sum, { bytes }) => sum + bytes, 0),
		notes: [...notes],
	};
}

/** The folder of the run that made a model; the run's own folder is as good. */
function runOf(path: string): string {
	if (isRun(path)) return path;
	if (basename(path) === "model" && isRun(dirname(path))) return dirname(path);
	throw new MaskwrightError(
		"usage",
		`${path} was made by no run that is known here, and the PyTorch package goes on with a run. Name one (maskwright runs), or a folder of source with --recipe.`,
	);
}
