import type { ExitCode } from "../../sidecar/cli/failure.ts";
import { runProgram } from "../../sidecar/cli/program.ts";
import { openTerminal } from "../../sidecar/cli/terminal.ts";

export interface CliResult {
	readonly exitCode: ExitCode;
	readonly stdout: string;
	readonly stderr: string;
}

/** Calls the command line inside this process, with its output caught. */
export async function callCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliResult> {
	const output = catching();
	const errors = catching();
	const terminal = openTerminal(output, errors, env);
	const exitCode = await runProgram(args, { terminal, signal: new AbortController().signal });
	return { exitCode, stdout: output.text(), stderr: errors.text() };
}

/** A stream that keeps what is written; with `columns` it is a terminal. */
export function catching(columns?: number) {
	const written: string[] = [];
	return {
		...(columns === undefined ? {} : { isTTY: true, columns }),
		write: (text: string | Uint8Array): boolean => {
			written.push(String(text));
			return true;
		},
		text: () => written.join(""),
	};
}
