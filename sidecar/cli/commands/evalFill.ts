import type { Command } from "commander";
import type { PrecisionChoice } from "../../inference/precision.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { evaluateFill } from "../handlers.ts";
import { precisionOption } from "../options.ts";
import { scoreLines } from "../scoreLines.ts";

interface EvaluateFlags extends CommonOptions {
	readonly data: string;
	readonly model?: string;
	readonly precision?: PrecisionChoice;
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
		.addOption(precisionOption)
		.action(async (flags: EvaluateFlags) => {
			const { data, model, precision } = flags;
			const value = await evaluateFill({
				data,
				...(model === undefined ? {} : { model }),
				...(precision === undefined ? {} : { precision }),
			});
			printResult(context, flags, { value, describe: scoreLines });
		});
}
