import { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { addServe } from "./commands/serve.ts";
import { type ExitCode, reportFailure } from "./failure.ts";
import { version } from "./version.ts";

/** Runs one call, tells what went wrong on standard error and returns what the process ends with. */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<ExitCode> {
	return reportFailure(context.terminal, { verbose: args.includes("--verbose") }, async () => {
		const program = createProgram(context, await commandsFor(args));
		await program.parseAsync(args, { from: "user" });
	});
}

type AddCommand = (program: Command, context: CommandContext) => void;

/** The sidecar computes in its children alone: the engine that other commands load stays out of its memory. */
async function commandsFor(args: readonly string[]): Promise<readonly AddCommand[]> {
	return args[0] === "serve" ? [addServe] : (await import("./commands.ts")).commands;
}

/** A wrong call rejects with a `CommanderError` or `usage` and prints nothing. */
function createProgram(context: CommandContext, commands: readonly AddCommand[]): Command {
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
