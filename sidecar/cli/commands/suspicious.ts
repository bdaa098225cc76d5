import type { Command } from "commander";
import { MaskwrightError } from "../../base/errors.ts";
import { detectingModel } from "../../compute/modelWithRole.ts";
import { suspicionReport } from "../../inference/inspect/suspicion.ts";
import { lineStarts } from "../../inference/inspect/textTokens.ts";
import type { SuspicionReport } from "../../protocol/inspect/suspicion.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { count, decimal, table } from "../format.ts";
import { type FilePart, readFilePart, withModel } from "../inspect.ts";
import { printable } from "../terminal.ts";

interface SuspiciousFlags extends CommonOptions {
	readonly model?: string;
	readonly threshold?: string;
}

/** Tokens that are shown without --verbose. */
const shownTokens = 20;

/** `maskwright suspicious`. */
export function addSuspicious(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("suspicious"))
		.summary("show the tokens of a file that look replaced")
		.description(
			"Ask a model with a detector (recipe electra) which tokens of a file look as if another had stood there.",
		)
		.argument("<file>", "the file, or FILE:FIRST-LAST for some of its lines")
		.option("--model <model>", "the model's name or folder (default: the newest that was trained with electra)")
		.option(
			"--threshold <probability>",
			"show tokens above it (default: what 1 in 100 tokens of held-out files exceeds)",
		)
		.action(async (file: string, flags: SuspiciousFlags) => {
			const part = await readFilePart(file);
			const threshold = flags.threshold === undefined ? undefined : probabilityOf(flags.threshold);
			const folder = detectingModel(flags.model);
			const { signal } = context;
			const value = await withModel(folder, (model) => suspicionReport(model, { ...part, threshold }, signal));
			const shown = flags.verbose ? Number.POSITIVE_INFINITY : shownTokens;
			printResult(context, flags, { value, describe: (report) => describeSuspicion(report, part, shown) });
		});
}

function probabilityOf(text: string): number {
	const probability = Number(text);
	if (text.trim() !== "" && probability >= 0 && probability <= 1) return probability;
	throw new MaskwrightError("usage", `--threshold ${text} is no probability: write a number from 0 to 1.`);
}

function describeSuspicion(
	{ tokens, judged, threshold, model }: SuspicionReport,
	{ text }: FilePart,
	shown: number,
): string[] {
	const starts = lineStarts(text);
	const rows = tokens.slice(0, shown).map(({ probability, line, text: token }) => {
		const content = text.slice(starts[line - 1], starts[line] ?? text.length).trim();
		return [decimal(probability, 3), String(line), printable(token.trim()), printable(content)];
	});
	const share = `above a probability of ${decimal(threshold, 3)}`;
	const heading = `${count(tokens.length)} of ${count(judged)} tokens look replaced, ${share} (${model})`;
	return [heading, ...(rows.length === 0 ? [] : table([">probability", ">line", "token", ""], rows))];
}
