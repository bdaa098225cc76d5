import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { MaskwrightError } from "../../base/errors.ts";
import type { DataflowReport } from "../../protocol/outputs.ts";
import { withoutComments } from "../../syntax/comments.ts";
import { dataflowOf } from "../../syntax/dataflow.ts";
import { syntaxLanguageOf, syntaxLanguages } from "../../syntax/languages.ts";
import { loadParser } from "../../syntax/parser.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { table } from "../format.ts";
import { printable } from "../terminal.ts";

/** `maskwright dataflow`. */
export function addDataflow(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("dataflow"))
		.summary("show where the values in a file come from")
		.description("Show the data flow of a source file: for each variable where its value comes from.")
		.argument("<file>", "the source file; its name tells the language")
		.action(async (file: string, flags: CommonOptions) => {
			printResult(context, flags, { value: await readDataflow(file), describe: describeDataflow });
		});
}

async function readDataflow(file: string): Promise<DataflowReport> {
	const language = syntaxLanguageOf(file);
	if (language === undefined) {
		const known = syntaxLanguages.join(", ");
		throw new MaskwrightError("usage", `${file} has no data flow: by its name it is none of ${known}.`);
	}
	const text = withoutComments(await readText(file), language);
	const { tokens, edges } = dataflowOf((await loadParser(language)).parse(text), language);
	const dataflow = edges.map<DataflowReport["dataflow"][number]>((edge) => [
		edge.name,
		edge.index,
		edge.relation,
		[...edge.sourceNames],
		[...edge.sourceIndices],
	]);
	return { language, tokens: [...tokens], dataflow };
}

async function readText(file: string): Promise<string> {
	try {
		return (await readFile(file, "utf8")).replaceAll("\r\n", "\n");
	} catch (cause) {
		throw new MaskwrightError("notFound", `${file} cannot be read: give the path of a source file.`, { cause });
	}
}

function describeDataflow({ tokens, dataflow }: DataflowReport): string[] {
	const rows = dataflow.map(([name, index, relation, , sources]) => [
		String(index),
		printable(name),
		sources.length === 0 ? "" : relation === "comesFrom" ? "comes from" : "is computed from",
		sources.map((source) => `${printable(tokens[source] ?? "")}@${source}`).join(" "),
	]);
	return table([">token", "name", "", "source@token"], rows);
}
