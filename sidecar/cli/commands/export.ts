import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { isError, MaskwrightError } from "../../base/errors.ts";
import { exportModel, writeExport } from "../../interop/export/exportModel.ts";
import { packageOfRecipe } from "../../interop/export/runPackage.ts";
import { chooseTraining } from "../../jobs/recipeChoice.ts";
import { type ExportFormat, type ExportReport, exportFormats } from "../../protocol/outputs.ts";
import { findModel } from "../../store/models.ts";
import { checkNewFolder } from "../../store/newFolder.ts";
import { findRun } from "../../store/runs.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { bytes } from "../format.ts";
import { addSetting, positiveInteger } from "../options.ts";
import { printable } from "../terminal.ts";

interface ExportFlags extends CommonOptions {
	readonly format: ExportFormat;
	readonly out: string;
	readonly at?: "start" | "newest";
	readonly recipe?: string;
	readonly set?: readonly string[];
	readonly layers?: number;
	readonly units?: number;
}

/** `maskwright export`. */
export function addExport(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("export"))
		.summary("write a model for other programs, or a run to go on with in PyTorch")
		.description(
			"Write a model as a folder for other programs: huggingface (transformers loads it as it is), onnx (onnxruntime and transformers.js run it), maskwright (a copy). Or a run as pytorch: a script with the same rows, masks and weights, for a larger machine.",
		)
		.argument("<model>", "a model or run, by name or folder; with --recipe a folder of code or a .jsonl file")
		.addOption(new Option("--format <name>", "what to write").choices(exportFormats).makeOptionMandatory())
		.requiredOption("--out <dir>", "the folder to write; it must be empty or missing")
		.addOption(new Option("--at <step>", "where a PyTorch run begins (default: start)").choices(["start", "newest"]))
		.option(
			"--layers <n>",
			"write the first layers alone, of a model that was trained for several sizes",
			positiveInteger,
		)
		.option("--units <n>", "write a model whose vectors have so many units, likewise", positiveInteger)
		.option("--recipe <name|file>", "write a run that is yet to begin, for --format pytorch")
		.option("--set <key=value>", "change one value of that recipe; repeatable", addSetting)
		.action(async (model: string, flags: ExportFlags) => {
			checkFlags(flags);
			const value = flags.recipe === undefined ? await exportOne(model, flags) : await exportNew(model, flags, context);
			printResult(context, flags, { value, describe: describeExport });
		});
}

function checkFlags({ format, at, recipe, set, layers, units }: ExportFlags): void {
	const fault =
		format === "pytorch" && (layers ?? units) !== undefined
			? "--layers and --units are for a model, and --format pytorch writes a run"
			: format !== "pytorch" && (at ?? recipe ?? set) !== undefined
				? "--at, --recipe and --set are for --format pytorch alone"
				: set !== undefined && recipe === undefined
					? "--set changes a recipe, and none is named with --recipe"
					: at !== undefined && recipe !== undefined
						? "--at is for a run that has begun, and --recipe names one that has not"
						: undefined;
	if (fault !== undefined) throw new MaskwrightError("usage", `${fault}. See maskwright export --help.`);
}

function exportOne(model: string, { format, out, at, layers, units }: ExportFlags): Promise<ExportReport> {
	const path = format === "pytorch" ? runOrModel(model) : findModel(model);
	const size = layers === undefined && units === undefined ? {} : { size: { layers, units } };
	return exportModel({ path, format, folder: resolve(out), ...(at === undefined ? {} : { at }), ...size });
}

/** A run that has no model yet is as good as one that has. */
function runOrModel(name: string): string {
	try {
		return findRun(name);
	} catch (error) {
		if (!isError(error, "notFound")) throw error;
		return findModel(name);
	}
}

async function exportNew(corpus: string, flags: ExportFlags, { signal }: CommandContext): Promise<ExportReport> {
	const folder = resolve(flags.out);
	checkNewFolder(folder);
	const { recipe, from } = chooseTraining({ set: flags.set ?? [], recipe: flags.recipe! });
	if (from !== undefined) {
		throw new MaskwrightError(
			"usage",
			`${recipe.name} goes on from a model. Begin the run here (maskwright train ${corpus} --recipe ${flags.recipe} --steps 1), then export that run with --at start.`,
		);
	}
	return writeExport(await packageOfRecipe(recipe, corpus, { signal }), { format: flags.format, folder });
}

function describeExport({ path, files, bytes: size, notes }: ExportReport): string[] {
	return [
		`Wrote ${files.length} files, ${bytes(size)}, to ${printable(path)}:`,
		...files.map((file) => `  ${printable(file.path)}  ${bytes(file.bytes)}`),
		...notes.map((note) => `  note: ${printable(note)}`),
	];
}
