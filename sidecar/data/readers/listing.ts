import type { Dirent } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { LeftOut } from "../document.ts";
import { errorCode } from "./errorCode.ts";
import { rulingOnEntries, rulingOnFile, rulingOnFolder } from "./ruling.ts";
import { innerScope, outerScope, type Scope } from "./scope.ts";

/** A file that is read by its path: relative to the root, with forward slashes. */
export interface ListedFile {
	readonly path: string;
	/** `"shebang?"` where only the first line can tell. */
	readonly language: string;
}

export interface Listing {
	/** The real path of the folder. */
	readonly root: string;
	/** In the order of their paths, by code unit. */
	readonly files: readonly ListedFile[];
	readonly leftOut: readonly LeftOut[];
}

/**
 * Lists every source file of a folder by the ignore rules and the rules of names; no file is opened. Links are never
 * followed. `onEntry` is called for each entry and may throw to stop.
 */
export async function listFolder(folder: string, onEntry: () => void = () => {}): Promise<Listing> {
	const root = await realpath(folder);
	const walk: Walk = { root, onEntry, files: [], leftOut: [] };
	await walkFolder(walk, "", await outerScope(root));
	walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
	return walk;
}

interface Walk {
	readonly root: string;
	readonly onEntry: () => void;
	readonly files: ListedFile[];
	readonly leftOut: LeftOut[];
}

/** Lists the files of a folder and the folders below it; `path` is "" or "a/b". */
async function walkFolder(walk: Walk, path: string, outer: Scope): Promise<void> {
	const { root, leftOut } = walk;
	const here = path === "" ? "" : `${path}/`;
	let entries: Dirent[];
	try {
		entries = await readdir(join(root, path), { withFileTypes: true });
	} catch (error) {
		leftOut.push({ path: here === "" ? "./" : here, why: `unreadable (${errorCode(error)})` });
		return;
	}
	const inside = path === "" ? undefined : rulingOnEntries(entries);
	if (inside !== undefined) {
		leftOut.push({ path: here, why: inside.why });
		return;
	}
	const scope = await innerScope(root, { path, entries }, outer);
	for (const entry of entries) {
		walk.onEntry();
		const entryPath = here + entry.name;
		if (entry.isDirectory()) {
			const ruling = rulingOnFolder({ path: entryPath, name: entry.name, siblings: entries }, scope);
			if (ruling === undefined) await walkFolder(walk, entryPath, scope);
			else leftOut.push({ path: `${entryPath}/`, why: ruling.why });
		} else {
			const ruling = await rulingOnFile({ root, path: entryPath, entry }, scope);
			if ("language" in ruling) walk.files.push({ path: entryPath, language: ruling.language });
			else leftOut.push({ path: entryPath, why: ruling.why });
		}
	}
}
