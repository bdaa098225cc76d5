import { readFileSync } from "node:fs";

/** Processes that Linux has killed because memory ran out, or undefined where that is not told. */
export function memoryKills(): number | undefined {
	try {
		const count = /^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "utf8"))?.[1];
		return count === undefined ? undefined : Number(count);
	} catch {
		return undefined;
	}
}

/** How a process ended that ended without a word. */
export interface Death {
	/** Such as `by signal SIGKILL`. */
	readonly how: string;
	readonly outOfMemory: boolean;
	/** What to say and do when it was memory or may have been, as a sentence; else empty. */
	readonly advice: string;
}

/** Says how a process ended; `killsBefore` is what `memoryKills` said before it started. */
export function describeDeath(end: {
	signalCode: NodeJS.Signals | null;
	exitCode: number | null;
	/** What it wrote to its standard error. */
	output: string;
	killsBefore: number | undefined;
}): Death {
	const { signalCode, exitCode, output, killsBefore } = end;
	const how = signalCode === null ? `with exit code ${exitCode}` : `by signal ${signalCode}`;
	const killed = signalCode === "SIGKILL" && killsBefore !== undefined && (memoryKills() ?? 0) > killsBefore;
	const outOfMemory = killed || output.includes("heap out of memory");
	const may = outOfMemory ? "The machine ran out of memory" : "It may have run out of memory";
	const advice = outOfMemory || signalCode === "SIGKILL" ? `${may}: a smaller train.batchTokens needs less.` : "";
	return { how, outOfMemory, advice };
}
