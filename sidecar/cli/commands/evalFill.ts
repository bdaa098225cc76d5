import type { Command } from "commander";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { evaluateFill } from "../handlers.ts";
import { scoreLines } from "../scoreLines.ts";

interface EvaluateFlags extends CommonOptions {
	readonly data: string;
	readonly model?: string;
}

/** `maskwright eval fill`. */
export function addEvaluate(program: Command, context: CommandContext): void {
	const evaluate = program.command("eval").summary("score a model").description("Score a model.");
	evaluate.helpOption("--help", "tell how the command is called");
	withCommonOptions(evaluate.command("fill"))
		.summary("score a model's fills on text that it was not trained on")
		.description("Score a model on a folder or a .jsonl file that it was not trained on.")
		.requiredOption("--data <path>", "folder, or .jsonl or .jsonl.xz file")
		.option("--model <model>", "the model's name or folder (default: the model in use)")
		.action(async (flags: EvaluateFlags) => {
			const { data, model } = flags;
			const value = await evaluateFill({ data, ...(model === undefined ? {} : { model }) });
			printResult(context, flags, { value, describe: scoreLines });
		});
}
