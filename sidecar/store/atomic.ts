import {
	closeSync,
	existsSync,
	fsyncSync,
	mkdirSync,
	openSync,
	readdirSync,
	readSync,
	renameSync,
	rmSync,
	statSync,
	writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";

/**
 * Writes a file so that a reader sees the old bytes or the new ones and nothing between, whatever ends this
 * process: temporary file, fsync, rename, fsync of the folder. The folder is made when missing.
 * Throws `storage` and leaves what was there.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array | readonly Uint8Array[]): void {
	const temporary = temporaryBeside(path);
	atStorage(path, () => {
		mkdirSync(dirname(path), { recursive: true });
		try {
			writeFileSynced(temporary, data);
			renameSync(temporary, path);
		} catch (error) {
			rmSync(temporary, { force: true });
			throw error;
		}
		syncFolder(dirname(path));
	});
}

/**
 * Makes a folder whole or not at all: `fill` writes into a temporary folder, which is then renamed to `path`.
 * A folder that stands at `path` is replaced; `recoverFolder` puts it back when the process ends in between.
 */
export function writeFolderAtomic(path: string, fill: (temporary: string) => void): void {
	const temporary = temporaryBeside(path);
	atStorage(path, () => {
		mkdirSync(dirname(path), { recursive: true });
		try {
			rmSync(temporary, { recursive: true, force: true });
			mkdirSync(temporary);
			fill(temporary);
			syncFolder(temporary);
			replaceFolder(temporary, path);
		} catch (error) {
			rmSync(temporary, { recursive: true, force: true });
			throw error;
		}
	});
}

/** Puts back a folder whose replacement was cut off between its two renames. */
export function recoverFolder(path: string): void {
	const old = replacedBeside(path);
	if (existsSync(path) || !existsSync(old)) return;
	atStorage(path, () => renameSync(old, path));
}

/** Removes what writers that were killed have left in `folder`. Only the one owner of `folder` may call it. */
export function removeLeftovers(folder: string): void {
	if (!existsSync(folder)) return;
	for (const name of readdirSync(folder)) {
		if (/^\..+\.\d+\.tmp$/.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
	}
}

/** Writes a new file and waits until its bytes are on the disk. */
export function writeFileSynced(path: string, data: string | Uint8Array | readonly Uint8Array[]): void {
	const chunks = typeof data === "string" ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
	const file = openSync(path, "w");
	try {
		for (const chunk of chunks) writeAll(file, chunk);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
}

/**
 * Reads a whole file into memory of its own, also one that is larger than Node's `readFileSync` takes.
 * Throws `notFound` or `storage`.
 */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
	return atStorage(path, () => {
		const file = openSync(path, "r");
		try {
			const bytes = new Uint8Array(statSync(path).size);
			let filled = 0;
			while (filled < bytes.length) {
				const count = readSync(file, bytes, filled, Math.min(bytes.length - filled, 1 << 30), filled);
				if (count === 0) return bytes.slice(0, filled);
				filled += count;
			}
			return bytes;
		} finally {
			closeSync(file);
		}
	});
}

/** Reads a UTF-8 file. Throws `notFound` or `storage`. */
export function readText(path: string): string {
	return new TextDecoder().decode(readBytes(path));
}

/** Runs `action` and turns what the operating system refused into a `storage` or `notFound` error about `path`. */
export function atStorage<T>(path: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		throw storageError(error, path);
	}
}

/** Writes all of `chunk`; one `writeSync` may take less than it was given. */
export function writeAll(file: number, chunk: Uint8Array): void {
	let written = 0;
	while (written < chunk.length) written += writeSync(file, chunk, written, Math.min(chunk.length - written, 1 << 30));
}

/** Makes the names in a folder durable. Windows has no such call and needs none. */
function syncFolder(folder: string): void {
	if (process.platform === "win32") return;
	const handle = openSync(folder, "r");
	try {
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
}

function replaceFolder(temporary: string, path: string): void {
	const old = replacedBeside(path);
	if (existsSync(path)) {
		rmSync(old, { recursive: true, force: true });
		renameSync(path, old);
	}
	renameSync(temporary, path);
	syncFolder(dirname(path));
	rmSync(old, { recursive: true, force: true });
}

function temporaryBeside(path: string): string {
	return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

/** Where a folder that is being replaced waits until the new one stands. */
export function replacedBeside(path: string): string {
	return join(dirname(path), `.${basename(path)}.replaced`);
}

const advice: Readonly<Record<string, (path: string) => string>> = {
	ENOSPC: (path) =>
		`The disk is full: ${path} could not be written. Free some space or choose another folder with --out.`,
	EDQUOT: (path) =>
		`Your disk quota is used up: ${path} could not be written. Free some space or choose another folder with --out.`,
	EFBIG: (path) => `${path} is larger than its file system or your limits allow. Choose another folder with --out.`,
	EACCES: (path) => `No permission for ${path}. Change its permissions or choose another folder with --out.`,
	EPERM: (path) =>
		`The system does not allow this on ${path}. Change its permissions or choose another folder with --out.`,
	EROFS: (path) => `${path} is on a read-only file system. Choose another folder with --out.`,
	ENOTDIR: (path) => `A part of the path ${path} is a file, not a folder. Choose another path.`,
	EISDIR: (path) => `${path} is a folder where a file was expected. Choose another path.`,
	EEXIST: (path) => `A file stands where the folder for ${path} should be. Choose another path.`,
	ENAMETOOLONG: (path) => `The path ${path} is longer than the system allows. Choose a shorter one.`,
	EMFILE: (path) => `Too many files are open to open ${path}. Close other programs or raise the limit (ulimit -n).`,
	EIO: (path) =>
		`The disk reported an input/output error at ${path}. Check the disk and choose another folder with --out.`,
};

/** What the operating system refused as a `storage` or `notFound` error about `path`; any other error as it is. */
export function storageError(error: unknown, path: string): unknown {
	const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
	if (code === undefined || error instanceof MaskwrightError) return error;
	if (code === "ENOENT")
		return new MaskwrightError("notFound", `${path} does not exist. Check the path.`, { cause: error });
	const sentence = advice[code];
	return sentence === undefined
		? error
		: new MaskwrightError("storage", sentence(path), { cause: error, data: { code } });
}
