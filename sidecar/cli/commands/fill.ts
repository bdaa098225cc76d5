import type { Command } from "commander";
import { MaskwrightError } from "../../base/errors.ts";
import type { FillResult } from "../../protocol/outputs.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { percent, table } from "../format.ts";
import { fill } from "../handlers.ts";
import { positiveInteger } from "../options.ts";
import { printable } from "../terminal.ts";

interface FillFlags extends CommonOptions {
	readonly model?: string;
	readonly top: number;
}

/** `maskwright fill`. */
export function addFill(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("fill"))
		.summary("fill the masks of a text")
		.description(
			"Fill each [MASK] of a text; [MASK*3] stands for three pieces. Without a text, standard input is read.",
		)
		.argument("[text]", "the text, or - for standard input")
		.option("--model <model>", "the model's name or folder (default: the model in use)")
		.option("--top <k>", "candidates for each mask", positiveInteger, 5)
		.action(async (text: string | undefined, flags: FillFlags) => {
			const { model, top } = flags;
			const options = { text: await textOrInput(text), top, ...(model === undefined ? {} : { model }) };
			printResult(context, flags, { value: await fill(options), describe: describeFill });
		});
}

async function textOrInput(text: string | undefined): Promise<string> {
	if (text !== undefined && text !== "-") return text;
	if (text === undefined && process.stdin.isTTY) {
		throw new MaskwrightError("usage", "fill needs a text: give one with [MASK] in it, or - and type it.");
	}
	const chunks: Buffer[] = [];
	for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
	// Not trimmed and with its byte order mark: positions count in the text exactly as given.
	return Buffer.concat(chunks).toString("utf8");
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
