import type { Command } from "commander";
import type { PrecisionChoice } from "../../inference/precision.ts";
import type { FillResult } from "../../protocol/outputs.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { percent, table } from "../format.ts";
import { fill } from "../handlers.ts";
import { positiveInteger, precisionOption } from "../options.ts";
import { printable } from "../terminal.ts";
import { textOrInput } from "../textOrInput.ts";

interface FillFlags extends CommonOptions {
	readonly model?: string;
	readonly adapter?: string;
	readonly top: number;
	readonly precision?: PrecisionChoice;
}

/** `maskwright fill`. */
export function addFill(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("fill"))
		.summary("fill the masks of a text")
		.description(
			"Fill each [MASK] of a text; [MASK*3] stands for three pieces. Without a text, standard input is read.",
		)
		.argument("[text]", "the text, or - for standard input")
		.option(
			"--model <model>",
			"the model's name or folder (default: the model in use, at first the one that comes with Maskwright)",
		)
		.option("--adapter <adapter>", "an adapter for that model, by name or folder, see maskwright adapters")
		.option("--top <k>", "candidates for each mask", positiveInteger, 5)
		.addOption(precisionOption)
		.action(async (text: string | undefined, flags: FillFlags) => {
			const { model, adapter, top, precision } = flags;
			const options = {
				text: await textOrInput(text, "fill needs a text: give one with [MASK] in it, or - and type it."),
				top,
				...(model === undefined ? {} : { model }),
				...(adapter === undefined ? {} : { adapter }),
				...(precision === undefined ? {} : { precision }),
			};
			printResult(context, flags, { value: await fill(options), describe: describeFill });
		});
}

function describeFill(result: FillResult): string[] {
	const masks = result.masks.flatMap(({ start, end, candidates }) => [
		`${start}–${end}`,
		...table(
			["  candidate", ">probability"],
			candidates.map(({ text, probability }) => [`  ${printable(text)}`, percent(probability)]),
		),
		"",
	]);
	return [...masks, result.text.split("\n").map(printable).join("\n")];
}
