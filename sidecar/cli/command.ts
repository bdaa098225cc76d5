import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

/** What every command can be told. */
export interface CommonOptions {
	readonly json?: boolean;
	readonly verbose?: boolean;
}

/** What a command's action gets beside its own arguments. */
export interface CommandContext {
	readonly terminal: Terminal;
	/** Aborted by Ctrl-C and when the reader of standard output goes away. */
	readonly signal: AbortSignal;
}

/** Adds the options that every command takes. */
export function withCommonOptions(command: Command): Command {
	return command
		.option("--json", "print JSON alone on standard output")
		.option("--verbose", "print what helps to find a fault")
		.helpOption("--help", "tell how the command is called");
}

/** Prints a result: itself under `--json`, else the lines that `describe` makes of it. */
export function printResult<T>(
	{ terminal }: CommandContext,
	options: CommonOptions,
	{ value, describe }: { value: T; describe: (value: T) => readonly string[] },
): void {
	if (options.json) terminal.json(value);
	else for (const line of describe(value)) terminal.line(line);
}
