/** Files of models that may come from anywhere: opened once, looked at, and read from that handle alone. */
import {
	type BigIntStats,
	closeSync,
	constants,
	fstatSync,
	lstatSync,
	openSync,
	readdirSync,
	readlinkSync,
	readSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { atStorage } from "./atomic.ts";

/** A file that is open, and is a file: no folder, link, pipe or device. */
export interface RegularFile {
	/** As it was named. */
	readonly path: string;
	/** Bytes, as they were when it was opened. */
	readonly size: number;
	/** Fills `into` with the bytes from `position`. Throws `modelInvalid` when the file became shorter meanwhile. */
	read(into: Uint8Array, position: number): void;
}

/** No more is read into one array. */
const largestRead = 1 << 30;

/**
 * Opens a file, and closes it when `action` ends. A symbolic link is not followed, since it may lead out of the
 * folder; those of Hugging Face's own cache, from a snapshot to the blobs beside it, are the exception. Nothing but a
 * plain file is even opened: a pipe would wait for its writer. Throws `notFound`, `storage`, `modelInvalid`.
 */
export function withRegularFile<T>(path: string, action: (file: RegularFile) => T): T {
	const place = cachedBlob(path) ?? path;
	const before = atStorage(path, () => lstatSync(place, { bigint: true }));
	requireRegular(before, path);
	// O_NONBLOCK for a pipe that takes the file's place right now. Windows has neither flag, nor links for everybody.
	const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
	const handle = atStorage(path, () => openSync(place, flags));
	try {
		const opened = fstatSync(handle, { bigint: true });
		requireRegular(opened, path);
		if (opened.ino !== before.ino || opened.dev !== before.dev)
			throw refused(path, "was exchanged while it was opened. Try again");
		return action({ path, size: Number(opened.size), read: (into, at) => fill({ handle, path, into, at }) });
	} finally {
		closeSync(handle);
	}
}

/** The whole of a file of at most `mostBytes`. Throws as `withRegularFile` does. */
export function readRegularFile(path: string, { mostBytes }: { mostBytes: number }): Uint8Array<ArrayBuffer> {
	return withRegularFile(path, (file) => {
		if (file.size > mostBytes)
			throw refused(path, `has ${file.size} bytes, more than the ${mostBytes} that such a file may have`);
		const bytes = new Uint8Array(file.size);
		file.read(bytes, 0);
		return bytes;
	});
}

/** What lies in a folder, by name and in order. Throws `notFound` or `storage`. */
export function folderNames(folder: string): string[] {
	return atStorage(folder, () => readdirSync(folder)).sort();
}

/** What lies in a folder within a folder of a model; nothing where it is a link, or no folder. */
export function subfolderNames(folder: string): string[] {
	const found = atStorage(folder, () => lstatSync(folder, { throwIfNoEntry: false }));
	return found?.isDirectory() === true ? folderNames(folder) : [];
}

function fill({ handle, path, into, at }: { handle: number; path: string; into: Uint8Array; at: number }): void {
	let filled = 0;
	while (filled < into.length) {
		const length = Math.min(into.length - filled, largestRead);
		const count = atStorage(path, () => readSync(handle, into, filled, length, at + filled));
		if (count === 0) throw refused(path, "became shorter while it was read. Try again when nothing writes it");
		filled += count;
	}
}

function requireRegular(stats: BigIntStats, path: string): void {
	if (stats.isFile()) return;
	if (stats.isSymbolicLink()) throw refused(path, "is a symbolic link. Put a copy of the file in its place");
	if (stats.isDirectory()) throw refused(path, "is a folder where a file was expected");
	throw refused(path, "is no plain file but a pipe, a socket or a device. Put a file in its place");
}

/**
 * Where a file of a snapshot in Hugging Face's cache lies: `models--OWNER--NAME/snapshots/REVISION/FILE` is a link
 * to `../../blobs/HASH`. Undefined for anything else.
 */
function cachedBlob(path: string): string | undefined {
	const snapshots = dirname(dirname(path));
	const repository = dirname(snapshots);
	if (basename(snapshots) !== "snapshots" || !basename(repository).startsWith("models--")) return undefined;
	const stats = atStorage(path, () => lstatSync(path));
	const target = stats.isSymbolicLink() ? atStorage(path, () => readlinkSync(path)) : "";
	const blob = /^\.\.[/\\]\.\.[/\\]blobs[/\\]([0-9a-f]{40}|[0-9a-f]{64})$/.exec(target);
	return blob === null ? undefined : join(repository, "blobs", blob[1]!);
}

function refused(path: string, what: string): MaskwrightError {
	return new MaskwrightError("modelInvalid", `${path} ${what}.`);
}
