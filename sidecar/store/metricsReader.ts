import { type FileHandle, open } from "node:fs/promises";
import { isError } from "../base/errors.ts";
import { storageError } from "./atomic.ts";
import { runLayout } from "./layout.ts";
import { type MetricsLine, parseMetricsLine } from "./metrics.ts";

/** Some lines of a run's metrics. */
export interface MetricsPage {
	/** Events with their places, counted from 0; lines that tell none are left out. */
	readonly lines: readonly { readonly line: number; readonly event: MetricsLine }[];
	/** The line after the last one that was looked at. */
	readonly next: number;
	/** Whether complete lines come after it. */
	readonly more: boolean;
}

/** Reads a run's metrics in small slices, so that other work goes on between them however many lines there are. */
export interface MetricsReader {
	/** At most `maximum` lines from line `from` on. A file that does not exist has no lines. */
	read(from: number, maximum: number): Promise<MetricsPage>;
	/** How often the file was seen to be replaced by another, as it is when a run goes back to a checkpoint. */
	readonly replaced: number;
}

const sliceBytes = 128 * 1024;
/** Lines between two places that are remembered, so that a page is found without reading what is before it. */
const stride = 1_000;
const newline = 10;

/** Opens nothing until it is asked; remembers where lines begin from call to call. */
export function createMetricsReader(runFolder: string): MetricsReader {
	const { metrics } = runLayout(runFolder);
	/** `starts[n]` is the byte at which line `n * stride` begins. */
	let starts = [0];
	let inode = 0n;
	let replaced = 0;
	const lookAt = async (file: FileHandle): Promise<void> => {
		const { ino, size } = await file.stat({ bigint: true });
		if (ino === inode && size >= BigInt(starts.at(-1) ?? 0)) return;
		if (inode !== 0n) replaced++;
		inode = ino;
		starts = [0];
	};
	const page = async (file: FileHandle, from: number, maximum: number): Promise<MetricsPage> => {
		await lookAt(file);
		const known = Math.min(Math.floor(from / stride), starts.length - 1);
		const lines: { line: number; event: MetricsLine }[] = [];
		let number = known * stride;
		for await (const { text, end } of linesFrom(file, starts[known] ?? 0)) {
			if (number === from + maximum) return { lines, next: number, more: true };
			const event = number < from ? undefined : parseMetricsLine(text());
			if (event !== undefined) lines.push({ line: number, event });
			number++;
			if (number % stride === 0) starts[number / stride] = end;
		}
		return { lines, next: number, more: false };
	};
	return {
		read: (from, maximum) =>
			withFile(metrics, { lines: [], next: 0, more: false }, (file) => page(file, from, maximum)),
		get replaced() {
			return replaced;
		},
	};
}

/**
 * The events of a run's metrics, newest first, read as far back as they are asked for. Of those that are not wanted
 * little more than the name is looked at.
 */
export async function* metricsBackwards(
	runFolder: string,
	isWanted: (event: string) => boolean = () => true,
): AsyncGenerator<MetricsLine> {
	const file = await openOrNothing(runLayout(runFolder).metrics);
	if (file === undefined) return;
	try {
		let { size: start } = await file.stat();
		let rest = Buffer.alloc(0);
		while (start > 0) {
			const length = Math.min(sliceBytes, start);
			start -= length;
			rest = Buffer.concat([await readAt(file, start, length), rest]);
			// Before the first newline stands a line whose beginning has not been read, unless the file begins here.
			const first = start === 0 ? 0 : rest.indexOf(newline) + 1;
			const text = rest.toString("utf8", first, rest.lastIndexOf(newline) + 1);
			for (const line of text.split("\n").reverse()) {
				const name = /^\{"event":"(\w+)"/.exec(line)?.[1];
				if (name === undefined || !isWanted(name)) continue;
				const event = parseMetricsLine(line);
				if (event !== undefined) yield event;
			}
			rest = rest.subarray(0, first);
		}
	} finally {
		await file.close();
	}
}

/** Complete lines from byte `start` on, each with the byte at which the next one begins. */
async function* linesFrom(
	file: FileHandle,
	start: number,
): AsyncGenerator<{ readonly text: () => string; readonly end: number }> {
	let rest = Buffer.alloc(0);
	let position = start;
	for (;;) {
		const slice = await readAt(file, position, sliceBytes);
		if (slice.length === 0) return;
		const bytes = Buffer.concat([rest, slice]);
		const base = position - rest.length;
		position += slice.length;
		let begin = 0;
		for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, begin)) {
			const [from, to] = [begin, end];
			begin = end + 1;
			yield { text: () => bytes.toString("utf8", from, to), end: base + begin };
		}
		rest = bytes.subarray(begin);
	}
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
	const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
	return buffer.subarray(0, bytesRead);
}

async function withFile<T>(path: string, missing: T, action: (file: FileHandle) => Promise<T>): Promise<T> {
	const file = await openOrNothing(path);
	if (file === undefined) return missing;
	try {
		return await action(file);
	} finally {
		await file.close();
	}
}

async function openOrNothing(path: string): Promise<FileHandle | undefined> {
	try {
		return await open(path, "r");
	} catch (cause) {
		const error = storageError(cause, path);
		if (isError(error, "notFound")) return undefined;
		throw error;
	}
}
