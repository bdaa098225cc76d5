/** Files that arrive in pieces: kept under another name until they are whole and their hash holds. */
import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import { storageError } from "./atomic.ts";

/** What the content of a file must be. `gitBlob` is the SHA-1 that git gives a file: of `blob SIZE\0` and the content. */
export interface FileIdentity {
	readonly algorithm: "sha256" | "gitBlob";
	/** In lower-case hexadecimal. */
	readonly hash: string;
	readonly size: number;
}

/** Windows knows no O_NOFOLLOW, nor links for everybody. */
const safely = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * What has arrived of a file so far. Its name holds the hash that it must have in the end, so that pieces of different
 * contents never meet, whatever becomes of the file at its source. Methods throw `storage`.
 */
export class PartialFile {
	readonly #path: string;
	readonly #identity: FileIdentity;
	readonly #file: FileHandle;
	#hash: Hash;
	#received = 0;

	private constructor(path: string, identity: FileIdentity, file: FileHandle) {
		this.#path = path;
		this.#identity = identity;
		this.#file = file;
		this.#hash = startHash(identity);
	}

	/** Takes up what an earlier attempt has left for `path`, and removes what it left of other contents. */
	static async open(path: string, identity: FileIdentity): Promise<PartialFile> {
		const partial = partialOf(path, identity);
		return atDisk(path, async () => {
			await mkdir(dirname(path), { recursive: true });
			for (const name of await readdir(dirname(path))) {
				const other = name.startsWith(`${basename(path)}.`) && name.endsWith(".partial") && name !== basename(partial);
				if (other) await rm(join(dirname(path), name), { force: true });
			}
			const file = await open(partial, constants.O_RDWR | constants.O_CREAT | safely, 0o644);
			const arriving = new PartialFile(path, identity, file);
			await arriving.#takeUp();
			return arriving;
		});
	}

	/** Bytes that are there. */
	get received(): number {
		return this.#received;
	}

	async append(chunk: Uint8Array): Promise<void> {
		await atDisk(this.#path, async () => {
			for (let written = 0; written < chunk.length; ) {
				const rest = chunk.subarray(written);
				written += (await this.#file.write(rest, 0, rest.length, this.#received + written)).bytesWritten;
			}
		});
		this.#hash.update(chunk);
		this.#received += chunk.length;
	}

	/** Forgets what has arrived. */
	async restart(): Promise<void> {
		await atDisk(this.#path, () => this.#file.truncate(0));
		this.#hash = startHash(this.#identity);
		this.#received = 0;
	}

	/** Gives the file its name when it is what it must be; else removes what arrived and gives false. Closes it. */
	async finish(): Promise<boolean> {
		const partial = partialOf(this.#path, this.#identity);
		return atDisk(this.#path, async () => {
			const whole = this.#received === this.#identity.size && this.#hash.digest("hex") === this.#identity.hash;
			if (whole) await this.#file.sync();
			await this.#file.close();
			if (whole) await rename(partial, this.#path);
			else await rm(partial, { force: true });
			return whole;
		});
	}

	/** Keeps what has arrived for another time. */
	async close(): Promise<void> {
		await this.#file.close().catch(() => {});
	}

	async #takeUp(): Promise<void> {
		const stats = await this.#file.stat();
		if (!stats.isFile())
			throw new MaskwrightError("storage", `${this.#path} cannot be written: no file is in its place.`);
		if (stats.size > this.#identity.size) return this.restart();
		this.#received = stats.size;
		for await (const chunk of chunksOf(this.#file, stats.size)) this.#hash.update(chunk);
	}
}

/** Whether a file is there and is what it must be. Throws `storage`. */
export async function isWhole(path: string, identity: FileIdentity): Promise<boolean> {
	const file = await open(path, constants.O_RDONLY | safely).catch(() => undefined);
	if (file === undefined) return false;
	return atDisk(path, async () => {
		try {
			const stats = await file.stat();
			if (!stats.isFile() || stats.size !== identity.size) return false;
			const hash = startHash(identity);
			for await (const chunk of chunksOf(file, stats.size)) hash.update(chunk);
			return hash.digest("hex") === identity.hash;
		} finally {
			await file.close();
		}
	});
}

function partialOf(path: string, { hash }: FileIdentity): string {
	return `${path}.${hash.slice(0, 16)}.partial`;
}

function startHash({ algorithm, size }: FileIdentity): Hash {
	return algorithm === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
}

async function* chunksOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
	const buffer = new Uint8Array(1 << 20);
	for (let at = 0; at < size; ) {
		const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
		if (bytesRead === 0) return;
		yield buffer.subarray(0, bytesRead);
		at += bytesRead;
	}
}

async function atDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
	try {
		return await action();
	} catch (error) {
		const code = error instanceof Error && "code" in error ? error.code : undefined;
		if (code !== "ENOSPC" && code !== "EDQUOT") throw storageError(error, path);
		throw new MaskwrightError(
			"storage",
			`The disk is full: ${path} could not be written. Free some space and try again; what has arrived is kept.`,
			{ cause: error, data: { code } },
		);
	}
}
