import { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { addCorpus } from "./commands/corpus.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEvaluate } from "./commands/evalFill.ts";
import { addFill } from "./commands/fill.ts";
import { addModels } from "./commands/models.ts";
import { addRecipes } from "./commands/recipes.ts";
import { addRuns } from "./commands/runs.ts";
import { addResume, addTrain } from "./commands/train.ts";
import { type ExitCode, reportFailure } from "./failure.ts";
import { version } from "./version.ts";

/** Every command, in the order in which help lists them. */
const commands = [addTrain, addResume, addCorpus, addFill, addEvaluate, addRecipes, addRuns, addModels, addDoctor];

/** Runs one call, tells what went wrong on standard error and returns what the process ends with. */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<ExitCode> {
	return reportFailure(context.terminal, { verbose: args.includes("--verbose") }, async () => {
		await createProgram(context).parseAsync(args, { from: "user" });
	});
}

/** A wrong call rejects with a `CommanderError` or `usage` and prints nothing. */
function createProgram(context: CommandContext): Command {
	const program = new Command("maskwright")
		.description("Train a masked language model on your code, on your own machine, and use it.")
		.version(version(), "--version", "print the version")
		.helpOption("--help", "tell how to call the program");
	for (const add of commands) add(program, context);
	for (const command of everyCommand(program)) {
		command
			.exitOverride()
			.helpCommand(false)
			.allowExcessArguments(false)
			.configureOutput({
				writeOut: (text) => context.terminal.line(text.trimEnd()),
				writeErr: () => {},
			});
	}
	return program;
}

function everyCommand(command: Command): Command[] {
	return [command, ...command.commands.flatMap(everyCommand)];
}
