/** SHA-256 of the files that make a model what it is: `files` in its `maskwright.json`, so that they stay together. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { MaskwrightError } from "../base/errors.ts";
import type { RegularFile } from "./regularFile.ts";

/** In hexadecimal, by name. The model card is not among them: it is for people to write on. */
export type FileHashes = Readonly<Record<string, string>>;

export function hashOf(data: string | readonly Uint8Array[]): string {
	const hash = createHash("sha256");
	for (const chunk of typeof data === "string" ? [data] : data) hash.update(chunk);
	return hash.digest("hex");
}

export function hashOfFile(file: RegularFile): string {
	const hash = createHash("sha256");
	const buffer = new Uint8Array(Math.min(1 << 20, file.size));
	for (let at = 0; at < file.size; at += buffer.length) {
		const part = buffer.subarray(0, Math.min(buffer.length, file.size - at));
		file.read(part, at);
		hash.update(part);
	}
	return hash.digest("hex");
}

/**
 * Throws `modelInvalid` when a file is not the one that was written with its model. A folder from elsewhere has no
 * hashes, and nothing is compared.
 */
export function requireAsWritten(path: string, files: FileHashes | undefined, hash: () => string): void {
	if (files === undefined) return;
	const name = basename(path);
	if (Object.hasOwn(files, name) && hash() === files[name]) return;
	throw new MaskwrightError(
		"modelInvalid",
		`${path} is not the file that was written with its model. Get the model again; if you changed it on purpose, take "files" out of the maskwright.json beside it.`,
	);
}
