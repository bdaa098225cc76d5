#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { processContext } from "./command.ts";
import { describeFailure, type ExitCode } from "./failure.ts";
import { createProgram } from "./program.ts";

const stop = new AbortController();

/** The first Ctrl-C asks the command to stop in order, which a run does with a checkpoint; the second ends it. */
for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.on(signal, () => {
		if (stop.signal.aborted || !longRunning.has(process.argv[2] ?? "")) process.exit(130);
		stop.abort();
	});
}

const longRunning = new Set(["train", "resume"]);

/** The reader of our output went away (`maskwright runs | head`): nothing more can be told, so stop in order. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code !== "EPIPE") throw error;
	if (!longRunning.has(process.argv[2] ?? "")) process.exit(0);
	stop.abort();
});
process.stderr.on("error", () => {});

process.exitCode = await main();

async function main(): Promise<ExitCode> {
	const context = processContext(stop.signal);
	try {
		await createProgram(version(), context).parseAsync();
		return 0;
	} catch (error) {
		const failure = describeFailure(error, { verbose: process.argv.includes("--verbose") });
		for (const line of failure.lines) context.terminal.warn(line);
		return failure.exitCode;
	}
}

function version(): string {
	const manifest = new URL("../../../package.json", import.meta.url);
	return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
