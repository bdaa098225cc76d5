#!/usr/bin/env node
import { processContext } from "./command.ts";
import { runProgram } from "./program.ts";

const args = process.argv.slice(2);
const stop = new AbortController();

/** Commands that stop in order, with a checkpoint, when the signal is aborted. */
const stopsInOrder = args[0] === "train" || args[0] === "resume";

/** The first Ctrl-C asks a run to pause; the second ends it, as the first does any other command. */
for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.on(signal, () => {
		if (stop.signal.aborted || !stopsInOrder) process.exit(130);
		stop.abort();
	});
}

/** The reader of our output went away (`maskwright runs | head`): nothing more can be told. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code !== "EPIPE") throw error;
	if (!stopsInOrder) process.exit(0);
	stop.abort();
});
process.stderr.on("error", () => {});

process.exitCode = await runProgram(args, processContext(stop.signal));
