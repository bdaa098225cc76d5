import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import { atStorage, readBytes, writeAll, writeFileAtomic } from "./atomic.ts";
import { runLayout } from "./layout.ts";

/** A line of `metrics.jsonl`: a training event, with the step it belongs to when it has one. */
export interface MetricsLine {
	readonly event: string;
	readonly step?: number;
}

export interface MetricsLog {
	/** Adds one line; it survives the end of this process at once, and a power cut after `sync`. */
	append(line: MetricsLine): void;
	sync(): void;
	close(): void;
}

/**
 * Opens a run's metrics to add lines. A torn last line is cut off. With `afterStep` what was said about later
 * steps is dropped, so that a run that goes on from a checkpoint tells every step once.
 */
export function openMetrics(runFolder: string, { afterStep }: { afterStep?: number } = {}): MetricsLog {
	const { metrics } = runLayout(runFolder);
	repair(metrics, afterStep ?? Number.POSITIVE_INFINITY);
	const file = atStorage(metrics, () => openSync(metrics, "a"));
	return {
		append: (line) => atStorage(metrics, () => writeAll(file, Buffer.from(`${JSON.stringify(line)}\n`))),
		sync: () => atStorage(metrics, () => fsyncSync(file)),
		close: () => closeSync(file),
	};
}

/** The lines of a run's metrics; a torn last line and lines that are not events are left out. */
export function readMetrics(runFolder: string): MetricsLine[] {
	const { metrics } = runLayout(runFolder);
	if (!existsSync(metrics)) return [];
	return completeLines(metrics)
		.map(parseLine)
		.filter((line) => line !== undefined);
}

function repair(metrics: string, lastStep: number): void {
	if (!existsSync(metrics)) return;
	const lines = completeLines(metrics);
	const kept = lines.filter((text) => {
		const line = parseLine(text);
		return line !== undefined && (line.step === undefined || line.step <= lastStep);
	});
	const text = kept.map((line) => `${line}\n`).join("");
	if (Buffer.compare(Buffer.from(text), readBytes(metrics)) !== 0) writeFileAtomic(metrics, text);
}

function completeLines(metrics: string): string[] {
	const text = new TextDecoder().decode(readBytes(metrics));
	return text
		.slice(0, text.lastIndexOf("\n") + 1)
		.split("\n")
		.filter((line) => line !== "");
}

function parseLine(text: string): MetricsLine | undefined {
	try {
		const line = JSON.parse(text) as unknown;
		if (typeof line !== "object" || line === null || !("event" in line) || typeof line.event !== "string")
			return undefined;
		return line as MetricsLine;
	} catch {
		return undefined;
	}
}
