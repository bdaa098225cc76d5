import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { atStorage, storageError } from "./atomic.ts";
import { homeLayout } from "./layout.ts";
import { type ProcessLock, takeLock } from "./processLock.ts";

/**
 * The folder where the files of a repository (`OWNER/NAME`) arrive, made when missing, and the lock of the one process
 * that may write there; undefined when another has it. Throws `storage`.
 */
export function makeDownloadFolder(
	repository: string,
	{ home }: { home?: string } = {},
): { folder: string; lock: ProcessLock | undefined } {
	const { downloads } = homeLayout(home);
	const name = repository.replace("/", "--");
	const folder = join(downloads, name);
	atStorage(folder, () => mkdirSync(folder, { recursive: true }));
	return { folder, lock: takeLock(join(downloads, `.${name}.lock`)) };
}

/** Removes files of another revision, whole or not, so that only those of `names` are left. Throws `storage`. */
export function keepArrived(folder: string, names: readonly string[]): void {
	atStorage(folder, () => {
		for (const found of readdirSync(folder)) {
			const partial = found.endsWith(".partial");
			const wanted = names.some((name) => found === name.split("/")[0] || (partial && found.startsWith(`${name}.`)));
			if (!wanted) rmSync(join(folder, found), { recursive: true, force: true });
		}
	});
}

/** Removes what arrived. Throws `storage`. */
export function removeDownloadFolder(folder: string): void {
	atStorage(folder, () => rmSync(folder, { recursive: true, force: true }));
}

/** Throws `storage` when the disk has no room for what is still missing of `bytes`. */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
	const { bavail, bsize } = await statfs(folder).catch((error: unknown) => {
		throw storageError(error, folder);
	});
	const arrived = atStorage(folder, () => readdirSync(folder).map((name) => statSync(join(folder, name)).size));
	const missing = bytes - arrived.reduce((sum, size) => sum + size, 0);
	if (bavail * bsize >= missing) return;
	throw new MaskwrightError(
		"storage",
		`The disk of ${folder} has ${bavail * bsize} bytes free, and ${missing} are to come. Free some space, or choose another folder with MASKWRIGHT_HOME.`,
	);
}
