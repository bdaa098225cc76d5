import { appendFileSync, renameSync, statSync } from "node:fs";

/** After how many bytes a log begins anew; the one before it is kept beside it. */
const largestLog = 1 << 20;

/**
 * Appends lines to `path`, readable by its owner alone; at 1 MB the file becomes `path.1` and a new one begins. A disk
 * that refuses a line is passed over: a log must not stop what it tells of.
 */
export function openLogFile(path: string, largest: number = largestLog): (line: string) => void {
	let bytes = sizeOf(path);
	return (line) => {
		const text = `${line}\n`;
		try {
			if (bytes > 0 && bytes + Buffer.byteLength(text) > largest) {
				renameSync(path, `${path}.1`);
				bytes = 0;
			}
			appendFileSync(path, text, { mode: 0o600 });
			bytes += Buffer.byteLength(text);
		} catch {}
	};
}

function sizeOf(path: string): number {
	return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
