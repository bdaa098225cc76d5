import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { MaskwrightError } from "../base/errors.ts";
import { atStorage, writeFileAtomic } from "./atomic.ts";
import { indexLayout } from "./layout.ts";
import { lockHolder, type ProcessLock, takeLock } from "./processLock.ts";

/** The files of SQLite: the database, what is written ahead of it, and what its readers share. */
const endings = ["", "-wal", "-shm"] as const;

/** Makes the folder of an index and notes which source folder it is of. Throws `storage`. */
export function makeIndexFolder(folder: string, home?: string): void {
	const { index, about } = indexLayout(folder, home);
	atStorage(index, () => mkdirSync(index, { recursive: true }));
	if (!existsSync(about)) writeFileAtomic(about, `${JSON.stringify({ folder }, undefined, "\t")}\n`);
}

/** Whether a folder has an index. */
export function hasIndex(folder: string, home?: string): boolean {
	return existsSync(indexLayout(folder, home).database);
}

/** Bytes of an index on disk; 0 when there is none. */
export function indexBytes(folder: string, home?: string): number {
	const { database } = indexLayout(folder, home);
	return endings.reduce((sum, ending) => sum + (statSync(database + ending, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/**
 * Tells the database at a path from one that came in its place later; undefined when there is none. Whoever holds
 * the file open looks again now and then.
 */
export function databaseFileOf(folder: string, home?: string): string | undefined {
	const found = statSync(indexLayout(folder, home).database, { throwIfNoEntry: false });
	return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/** Removes an index with all that belongs to it. Throws `indexLocked` while another process writes it. */
export function removeIndex(folder: string, home?: string): void {
	const { index } = indexLayout(folder, home);
	if (!existsSync(index)) return;
	lockIndex(folder, home); // the lock goes with the rest
	atStorage(index, () => rmSync(index, { recursive: true, force: true }));
}

/** Renames a damaged database so that a new one can be built, and returns its new path. Only the last one is kept. */
export function setAsideIndex(folder: string, home?: string): string {
	const { database } = indexLayout(folder, home);
	const damaged = `${database}.damaged`;
	return atStorage(database, () => {
		for (const ending of endings) {
			rmSync(damaged + ending, { force: true });
			if (existsSync(database + ending)) renameSync(database + ending, damaged + ending);
		}
		return damaged;
	});
}

/** Takes the right to write an index. Throws `indexLocked`, naming the process that has it. */
export function lockIndex(folder: string, home?: string): ProcessLock {
	const { lock } = indexLayout(folder, home);
	const taken = takeLock(lock);
	if (taken !== undefined) return taken;
	const pid = lockHolder(lock)?.pid;
	const who = pid === undefined ? "Another process" : `Process ${pid}`;
	throw new MaskwrightError("indexLocked", `${who} writes the index of ${folder}. Wait until it has ended.`, {
		data: { pid },
	});
}
