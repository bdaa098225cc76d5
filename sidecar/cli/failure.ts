import { CommanderError } from "commander";
import { isError } from "../base/errors.ts";
import { printable, type Terminal } from "./terminal.ts";

/** What the program ends with: 0 success, 1 failure, 2 wrong use, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

export interface Failure {
	readonly exitCode: ExitCode;
	/** One to four plain lines for standard error. */
	readonly lines: readonly string[];
}

/** Runs `action`, tells what went wrong on standard error and returns what the process ends with. */
export async function reportFailure(
	terminal: Terminal,
	options: { verbose: boolean },
	action: () => Promise<void>,
): Promise<ExitCode> {
	try {
		await action();
		return 0;
	} catch (error) {
		const failure = describeFailure(error, options);
		for (const line of failure.lines) terminal.warn(line);
		return failure.exitCode;
	}
}

/** What to tell and to end with after `error`; no lines where help was shown. */
export function describeFailure(error: unknown, { verbose }: { verbose: boolean }): Failure {
	if (error instanceof CommanderError) return describeWrongUse(error);
	const exitCode = isError(error, "interrupted") ? 130 : isError(error, ...wrongUse) ? 2 : 1;
	const lines = sentences(error);
	return { exitCode, lines: verbose && exitCode === 1 ? [...lines, ...stackOf(error)] : lines };
}

/** Errors that another call would not meet: the caller has to change it. */
const wrongUse = ["usage", "recipeInvalid", "noMask"] as const;

const seeHelp = "See maskwright --help.";

function describeWrongUse(error: CommanderError): Failure {
	if (error.exitCode === 0) return { exitCode: 0, lines: [] };
	// Commander would show its help, which is more than an error may say.
	if (error.code === "commander.help") return { exitCode: 2, lines: ["A command is missing.", seeHelp] };
	const message = error.message.replace(/^error: /, "");
	const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`.replace(/([^.!?)])$/, "$1.");
	return { exitCode: 2, lines: [...linesOf(sentence).slice(0, 3), seeHelp] };
}

function sentences(error: unknown): string[] {
	if (isError(error)) return linesOf(error.message).slice(0, 4);
	const message = error instanceof Error ? error.message : String(error);
	return [
		`Maskwright met an error that it did not expect: ${linesOf(message)[0] ?? "no message"}`,
		"This is a bug of ours. Run the command again with --verbose and report what it prints.",
	];
}

function linesOf(text: string): string[] {
	return text
		.split("\n")
		.map((line) => printable(line.trim()))
		.filter((line) => line !== "");
}

function stackOf(error: unknown): string[] {
	const lines: string[] = [];
	for (let cause = error; cause instanceof Error; cause = cause.cause) lines.push(cause.stack ?? cause.message);
	return lines;
}
