import type { Command } from "commander";
import { reportCorpus } from "../../compute/corpusReport.ts";
import type { CorpusReport } from "../../protocol/outputs.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { bytes, count, duration, table } from "../format.ts";
import { printable } from "../terminal.ts";

/** `maskwright corpus`. */
export function addCorpus(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("corpus"))
		.summary("tell what a folder gives to train on, and why files are left out")
		.description("Tell what a folder gives to train on, and why files are left out. Nothing is written.")
		.argument("<folder>", "folder, or .jsonl or .jsonl.xz file")
		.action(async (folder: string, flags: CommonOptions) => {
			const describe = (report: CorpusReport): string[] => describeCorpus(report, flags);
			printResult(context, flags, { value: await reportCorpus(folder), describe });
		});
}

/** Left-out files that are listed one by one unless `--verbose` asks for all. */
const listed = 20;

function describeCorpus(report: CorpusReport, { verbose }: CommonOptions): string[] {
	const languages = Object.entries(report.languages).sort(([, a], [, b]) => b - a);
	const leftOut = verbose ? report.leftOut : report.leftOut.slice(0, listed);
	const more = report.leftOut.length - leftOut.length;
	return [
		`${count(report.files)} files, ${bytes(report.bytes)}, about ${count(report.tokens)} tokens; ${count(report.heldOutFiles)} files held out`,
		`a run with the default recipe takes about ${duration(report.estimate.seconds)} and ${bytes(report.estimate.bytes)} of memory`,
		"",
		...table(
			["language", ">files"],
			languages.map(([language, files]) => [language, count(files)]),
		),
		...(report.leftOut.length === 0 ? [] : ["", `${count(report.leftOut.length)} left out:`]),
		...leftOut.map(({ path, why }) => `  ${printable(path)}: ${printable(why)}`),
		...(more === 0 ? [] : [`  and ${count(more)} more: see them all with --verbose`]),
	];
}
