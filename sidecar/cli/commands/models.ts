import type { Command } from "commander";
import { type ModelDescriptions, modelsSchema } from "../../protocol/outputs.ts";
import { modelInUse } from "../../store/modelInUse.ts";
import { listModels } from "../../store/models.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { bytes, count, percent, table } from "../format.ts";
import { printable } from "../terminal.ts";

/** `maskwright models`. */
export function addModels(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("models"))
		.summary("list the models; * marks the one in use")
		.description(
			"List the models, those that come with Maskwright too. A * marks the one that fill takes when none is named.",
		)
		.action((flags: CommonOptions) => {
			printResult(context, flags, { value: modelsSchema.parse(listModels()), describe: describeModels });
		});
}

function describeModels(models: ModelDescriptions): string[] {
	if (models.length === 0) return ["There are no models yet. Train one: maskwright train FOLDER"];
	const inUse = modelInUse();
	const rows = models.map((model) => [
		`${model.path === inUse ? "*" : " "} ${model.adapter === null ? "" : "└ "}${printable(model.name)}`,
		model.adapter === null
			? printable(model.architecture)
			: `${model.adapter.kind}, for ${printable(model.adapter.base)}`,
		count(model.parameters),
		bytes(model.bytes),
		`${model.roles.join(", ")}${model.boxed ? " (comes with Maskwright)" : ""}`,
		typeof model.scores?.["top1"] === "number" ? percent(model.scores["top1"]) : "–",
		printable(model.path),
	]);
	return table(["  model", "architecture", ">parameters", ">size", "roles", ">top-1", "path"], rows);
}
