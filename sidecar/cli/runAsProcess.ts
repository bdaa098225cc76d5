import type { CommandContext } from "./command.ts";
import type { ExitCode } from "./failure.ts";
import { openTerminal } from "./terminal.ts";

/**
 * Runs a command as this process and ends with its exit code. With `stopsInOrder` the first Ctrl-C aborts the
 * signal, which pauses a run with a checkpoint, and the second ends the process; else the first does. With
 * `outlivesReader` it goes on when nobody reads its output any more.
 */
export async function runAsProcess(
	command: (context: CommandContext) => Promise<ExitCode>,
	{ stopsInOrder, outlivesReader = false }: { stopsInOrder: boolean; outlivesReader?: boolean },
): Promise<void> {
	const stop = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM"] as const) {
		process.on(signal, () => {
			if (stop.signal.aborted || !stopsInOrder) process.exit(130);
			stop.abort();
		});
	}
	// The reader of our output went away (`maskwright runs | head`): nothing more can be told.
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code !== "EPIPE") throw error;
		if (outlivesReader) return;
		if (!stopsInOrder) process.exit(0);
		stop.abort();
	});
	process.stderr.on("error", () => {});
	const terminal = openTerminal(process.stdout, process.stderr, process.env);
	process.exitCode = await command({ terminal, signal: stop.signal });
}
