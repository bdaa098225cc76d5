import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { atStorage, writeFileSynced, writeFolderAtomic } from "./atomic.ts";

/** A file of a folder that is to be made; its path is relative to the folder, with `/` between names. */
export interface NewFile {
	readonly path: string;
	readonly data: string | Uint8Array | readonly Uint8Array[];
}

/** Throws `usage` unless a folder could be made at this path: nothing stands there, or an empty folder. */
export function checkNewFolder(folder: string): void {
	if (!existsSync(folder)) return;
	const isFree = atStorage(folder, () => statSync(folder).isDirectory() && readdirSync(folder).length === 0);
	if (isFree) return;
	throw new MaskwrightError("usage", `${folder} exists and is not empty. Name a new or empty folder.`);
}

/**
 * Writes a folder, whole or not at all, where nothing or an empty folder stands; gives the size of each file in bytes.
 * The files are taken one at a time, so that they need not be in memory together. Throws `usage` and `storage`.
 */
export function writeNewFolder(folder: string, files: Iterable<NewFile>): Map<string, number> {
	checkNewFolder(folder);
	const sizes = new Map<string, number>();
	writeFolderAtomic(folder, (temporary) => {
		for (const { path, data } of files) {
			const target = join(temporary, path);
			mkdirSync(dirname(target), { recursive: true });
			writeFileSynced(target, data);
			sizes.set(path, statSync(target).size);
		}
		if (existsSync(folder)) rmdirSync(folder); // fails where something has come to stand in it since
	});
	return sizes;
}
