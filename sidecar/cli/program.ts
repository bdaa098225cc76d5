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

/** Every command, in the order in which help lists them. */
const commands = [addTrain, addResume, addCorpus, addFill, addEvaluate, addRecipes, addRuns, addModels, addDoctor];

/** The program `maskwright`; a wrong call rejects with a `CommanderError` or `usage` and prints nothing. */
export function createProgram(version: string, context: CommandContext): Command {
	const program = new Command("maskwright")
		.description("Train a masked language model on your code, on your own machine, and use it.")
		.version(version, "--version", "print the version")
		.helpOption("--help", "tell how to call the program");
	for (const add of commands) add(program, context);
	for (const command of everyCommand(program)) {
		command
			.exitOverride()
			.helpCommand(false)
			.allowExcessArguments(false)
			.configureOutput({ writeErr: () => {} });
	}
	return program;
}

function everyCommand(command: Command): Command[] {
	return [command, ...command.commands.flatMap(everyCommand)];
}
