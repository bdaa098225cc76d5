import type { Command } from "commander";
import { importModel } from "../../interop/importModel.ts";
import { type ImportReport, importReportSchema } from "../../protocol/outputs.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { bytes, count } from "../format.ts";
import { printable } from "../terminal.ts";

interface ImportFlags extends CommonOptions {
	readonly name?: string;
}

/** `maskwright import`. */
export function addImport(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("import"))
		.summary("take in a model from a Hugging Face folder")
		.description(
			"Take in a model from a Hugging Face folder: config.json, model.safetensors (or its shards) and a tokenizer. BERT, RoBERTa, DistilBERT, ELECTRA, DeBERTa-v2 and v3, ModernBERT.",
		)
		.argument("<folder>", "folder of the model")
		.option("--name <name>", "name among your models; by default the folder's")
		.action(async (folder: string, { name, ...flags }: ImportFlags) => {
			const { signal } = context;
			const report = await importModel({ folder, signal, ...(name === undefined ? {} : { name }) });
			printResult(context, flags, { value: importReportSchema.parse(report), describe: describeImport });
		});
}

/** What a person is told of a model that was taken in. */
export function describeImport(report: ImportReport): string[] {
	const { tokenizer, roles } = report;
	const mask = tokenizer.maskToken === null ? "no mask token" : `mask token ${tokenizer.maskToken}`;
	const name = printable(report.name);
	const next = roles.includes("completion")
		? [`Try it: maskwright fill --model ${name} "return [MASK]"`]
		: roles.includes("detection")
			? [`Try it: maskwright suspicious FILE --model ${name}`]
			: [`Train it: maskwright train FOLDER --recipe code-search --from ${name}`];
	return [
		`${name} is one of your models.`,
		`  architecture    ${report.architecture}, ${count(report.parameters)} parameters, ${bytes(report.bytes)}`,
		`  tokenizer       ${tokenizer.kind}, ${count(tokenizer.vocabularySize)} tokens, ${printable(mask)}`,
		`  longest text    ${count(report.maxTokens)} tokens at once`,
		`  masked-LM head  ${report.maskedLmHead ? "trained" : "none that was trained"}`,
		`  for             ${roles.join(", ")}`,
		...report.notes.map((note) => `  note            ${printable(note)}`),
		`  folder          ${printable(report.path)}`,
		...next,
	];
}
