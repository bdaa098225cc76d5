import { readFileSync } from "node:fs";
import { MaskwrightError } from "../base/errors.ts";

/** Processes that Linux has killed because memory ran out, or undefined where that is not told. */
export function memoryKills(): number | undefined {
	try {
		const count = /^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "utf8"))?.[1];
		return count === undefined ? undefined : Number(count);
	} catch {
		return undefined;
	}
}

/**
 * Says how a training process ended that ended without a word. Its `data` has what it wrote to its standard error
 * (`output`) and whether memory ran out (`outOfMemory`).
 */
export function describeDeath(end: {
	signalCode: NodeJS.Signals | null;
	exitCode: number | null;
	output: string;
	/** What `memoryKills` said before the process started. */
	killsBefore: number | undefined;
}): MaskwrightError {
	const { signalCode, exitCode, output, killsBefore } = end;
	const how = signalCode === null ? `with exit code ${exitCode}` : `by signal ${signalCode}`;
	const killed = signalCode === "SIGKILL" && killsBefore !== undefined && (memoryKills() ?? 0) > killsBefore;
	const outOfMemory = killed || output.includes("heap out of memory");
	const why = outOfMemory
		? " The machine ran out of memory: a smaller train.batchTokens needs less."
		: signalCode === "SIGKILL"
			? " It may have run out of memory: a smaller train.batchTokens needs less."
			: "";
	return new MaskwrightError(
		"processDied",
		`The training process ended ${how}.${why} The last checkpoint is kept: go on with \`maskwright resume RUN\`.`,
		{ data: { output, outOfMemory } },
	);
}
