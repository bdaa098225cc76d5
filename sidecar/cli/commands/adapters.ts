import type { Command } from "commander";
import { type ModelDescriptions, modelsSchema } from "../../protocol/outputs.ts";
import { findAdapter } from "../../store/adapters.ts";
import { modelInUse } from "../../store/modelInUse.ts";
import { listModels, removeModel } from "../../store/models.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { bytes, count, percent, table } from "../format.ts";
import { printable } from "../terminal.ts";

/** `maskwright adapters`, and `maskwright adapters delete`. */
export function addAdapters(program: Command, context: CommandContext): void {
	const adapters = withCommonOptions(program.command("adapters"))
		.summary("list the adapters; * marks the one in use")
		.description(
			"List the adapters: small parts that change a model for one workspace and leave its weights as they are. maskwright fill --adapter NAME uses one.",
		)
		.action((flags: CommonOptions) => {
			const value = modelsSchema.parse(listModels().filter(({ adapter }) => adapter !== null));
			printResult(context, flags, { value, describe: describeAdapters });
		});
	adapters
		.command("delete")
		.summary("remove an adapter; the model that it is for stays")
		.description("Remove an adapter's folder. The model that it is for stays as it is.")
		.argument("<adapter>", "its name or folder")
		.helpOption("--help", "tell how the command is called")
		.action((name: string) => {
			const path = findAdapter(name);
			removeModel(path);
			const value = { removed: path };
			const describe = (): string[] => [`Removed ${printable(path)}.`];
			printResult(context, adapters.opts<CommonOptions>(), { value, describe });
		});
}

function describeAdapters(adapters: ModelDescriptions): string[] {
	if (adapters.length === 0) {
		return ["There are no adapters yet. Train one: maskwright train FOLDER --recipe code-mlm-lora"];
	}
	const inUse = modelInUse();
	const rows = adapters.map(({ name, path, adapter, parameters, bytes: size, scores }) => [
		`${path === inUse ? "*" : " "} ${printable(name)}`,
		adapter?.kind ?? "",
		printable(adapter?.base ?? ""),
		count(parameters),
		bytes(size),
		typeof scores?.["top1"] === "number" ? percent(scores["top1"]) : "–",
		printable(path),
	]);
	return table(["  adapter", "kind", "for the model", ">parameters", ">size", ">top-1", "path"], rows);
}
