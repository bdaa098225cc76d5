import type { Command } from "commander";
import { surprisalReport } from "../../inference/inspect/surprisalReport.ts";
import { lineStarts } from "../../inference/inspect/textTokens.ts";
import type { SurprisalReport } from "../../protocol/inspect/surprisal.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { count, decimal, table } from "../format.ts";
import { type FilePart, readFilePart, withModel } from "../inspect.ts";
import { printable } from "../terminal.ts";

interface SurprisalFlags extends CommonOptions {
	readonly model?: string;
}

/** Lines that are shown without --verbose. */
const shownLines = 20;

/** `maskwright surprisal`. */
export function addSurprisal(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("surprisal"))
		.summary("show how unlikely a model finds each token of a file")
		.description("Mask each token of a file alone and show how unlikely a model finds it, and the least natural lines.")
		.argument("<file>", "the file, or FILE:FIRST-LAST for some of its lines")
		.option("--model <model>", "the model's name or folder (default: the model in use)")
		.action(async (file: string, flags: SurprisalFlags) => {
			const part = await readFilePart(file);
			const { signal } = context;
			const value = await withModel(flags.model, (model) => surprisalReport(model, part, { signal }));
			const shown = flags.verbose ? Number.POSITIVE_INFINITY : shownLines;
			printResult(context, flags, { value, describe: (report) => describeSurprisal(report, part, shown) });
		});
}

function describeSurprisal(report: SurprisalReport, { text }: FilePart, shown: number): string[] {
	const starts = lineStarts(text);
	const rows = report.lines.slice(0, shown).map(({ line, surprisal }) => {
		const content = text.slice(starts[line - 1], starts[line] ?? text.length).trimEnd();
		return [decimal(surprisal, 2), String(line), printable(content)];
	});
	return [
		`${count(report.tokens.length)} tokens, pseudo-perplexity ${decimal(report.pseudoPerplexity, 1)} (${report.model})`,
		...table([">bits/token", ">line", ""], rows),
	];
}
