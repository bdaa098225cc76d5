import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { storageError } from "./atomic.ts";
import { checkNewFolder } from "./newFolder.ts";

/**
 * Copies the files of a model folder to `folder`, whole or not at all, and gives the size of each in bytes. Throws
 * `usage` when `folder` is there and not empty, and `storage`.
 */
export async function exportModel(model: string, folder: string): Promise<Map<string, number>> {
	const temporary = join(dirname(folder), `.${basename(folder)}.${process.pid}.tmp`);
	const sizes = new Map<string, number>();
	try {
		checkNewFolder(folder);
		await mkdir(temporary, { recursive: true });
		for (const entry of await readdir(model, { withFileTypes: true })) {
			if (!entry.isFile() || entry.name.startsWith(".")) continue;
			sizes.set(entry.name, await copySynced(model, temporary, entry.name));
		}
		if (existsSync(folder)) await rmdir(folder);
		await rename(temporary, folder);
		return sizes;
	} catch (error) {
		await rm(temporary, { recursive: true, force: true });
		throw storageError(error, folder);
	}
}

async function copySynced(from: string, to: string, name: string): Promise<number> {
	await copyFile(join(from, name), join(to, name));
	const file = await open(join(to, name), "r+");
	await file.sync();
	await file.close();
	return (await stat(join(to, name))).size;
}
