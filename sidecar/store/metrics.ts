import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import { atStorage, readBytes, writeAll, writeFileAtomic } from "./atomic.ts";
import { runLayout } from "./layout.ts";

/** A line of `metrics.jsonl`: a training event, with the step it belongs to when it has one. */
export interface MetricsLine {
	readonly event: string;
	readonly step?: number;
}

export interface MetricsLog {
	/**
	 * Adds one line and returns its place, counted from 0; it survives the end of this process at once, and a power
	 * cut after `sync`.
	 */
	append(line: MetricsLine): number;
	sync(): void;
	close(): void;
}

/**
 * Opens a run's metrics to add lines. A torn last line is cut off. With `afterStep` everything from the first line
 * about a later step on is cut off, so that a run that goes on from a checkpoint tells every step once, and who
 * has read the lines before has nothing to take back.
 */
export function openMetrics(runFolder: string, { afterStep }: { afterStep?: number } = {}): MetricsLog {
	const { metrics } = runLayout(runFolder);
	let lines = repair(metrics, afterStep ?? Number.POSITIVE_INFINITY);
	const file = atStorage(metrics, () => openSync(metrics, "a"));
	return {
		append: (line) => {
			atStorage(metrics, () => writeAll(file, Buffer.from(`${JSON.stringify(line)}\n`)));
			return lines++;
		},
		sync: () => atStorage(metrics, () => fsyncSync(file)),
		close: () => closeSync(file),
	};
}

/** The lines of a run's metrics; a torn last line and lines that are not events are left out. */
export function readMetrics(runFolder: string): MetricsLine[] {
	const { metrics } = runLayout(runFolder);
	if (!existsSync(metrics)) return [];
	return completeLines(metrics)
		.map(parseMetricsLine)
		.filter((line) => line !== undefined);
}

/** Returns how many lines are left. */
function repair(metrics: string, lastStep: number): number {
	if (!existsSync(metrics)) return 0;
	const lines = completeLines(metrics).filter((text) => parseMetricsLine(text) !== undefined);
	const later = lines.findIndex((text) => (parseMetricsLine(text)?.step ?? 0) > lastStep);
	const kept = later === -1 ? lines : lines.slice(0, later);
	const text = kept.map((line) => `${line}\n`).join("");
	if (Buffer.compare(Buffer.from(text), readBytes(metrics)) !== 0) writeFileAtomic(metrics, text);
	return kept.length;
}

function completeLines(metrics: string): string[] {
	const text = new TextDecoder().decode(readBytes(metrics));
	return text
		.slice(0, text.lastIndexOf("\n") + 1)
		.split("\n")
		.filter((line) => line !== "");
}

/** The event that a line tells, or undefined for a line that tells none. */
export function parseMetricsLine(text: string): MetricsLine | undefined {
	try {
		const line = JSON.parse(text) as unknown;
		if (typeof line !== "object" || line === null || !("event" in line) || typeof line.event !== "string")
			return undefined;
		return line as MetricsLine;
	} catch {
		return undefined;
	}
}
