import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { storageError } from "./atomic.ts";

/**
 * Copies the files of a model folder to `folder`, whole or not at all. Throws `usage` when `folder` is there and not
 * empty, and `storage`.
 */
export async function exportModel(model: string, folder: string): Promise<void> {
	const temporary = join(dirname(folder), `.${basename(folder)}.${process.pid}.tmp`);
	try {
		await checkFree(folder);
		await mkdir(temporary, { recursive: true });
		for (const entry of await readdir(model, { withFileTypes: true })) {
			if (entry.isFile() && !entry.name.startsWith(".")) await copySynced(model, temporary, entry.name);
		}
		if (existsSync(folder)) await rmdir(folder);
		await rename(temporary, folder);
	} catch (error) {
		await rm(temporary, { recursive: true, force: true });
		throw storageError(error, folder);
	}
}

async function checkFree(folder: string): Promise<void> {
	if (!existsSync(folder)) return;
	if ((await stat(folder)).isDirectory() && (await readdir(folder)).length === 0) return;
	throw new MaskwrightError("usage", `${folder} exists and is not empty. Name a new or empty folder.`);
}

async function copySynced(from: string, to: string, name: string): Promise<void> {
	await copyFile(join(from, name), join(to, name));
	const file = await open(join(to, name), "r+");
	await file.sync();
	await file.close();
}
