import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { languageOfShebang } from "../languages.ts";
import { errorCode } from "./errorCode.ts";
import { type ReadOptions, whyNotBySize } from "./intake.ts";
import type { ListedFile } from "./listing.ts";

/** What the disk tells of a file; 0 and 0 of one that cannot be read. */
export interface FileTimes {
	readonly bytes: number;
	/** Of its last change, in milliseconds, as it was before the file was read. */
	readonly mtime: number;
}

export interface SourceText extends FileTimes {
	/** A byte order mark is kept. */
	readonly text: string;
	readonly language: string;
}

/** Reads a listed file below `root`; says why not when it is too large, no UTF-8 text, or of no known language. */
export async function readSource(
	root: string,
	file: ListedFile,
	options: Pick<ReadOptions, "maximumFileBytes">,
): Promise<SourceText | (FileTimes & { readonly why: string })> {
	const path = join(root, file.path);
	let times: FileTimes = { bytes: 0, mtime: 0 };
	try {
		const { size, mtimeMs } = await stat(path);
		times = { bytes: size, mtime: mtimeMs };
		const tooLarge = whyNotBySize(size, options);
		if (tooLarge !== undefined) return { ...times, why: tooLarge };
		const bytes = await readFile(path);
		const decoded = decodeText(bytes);
		if ("why" in decoded) return { ...times, ...decoded };
		const { text } = decoded;
		const language = file.language === "shebang?" ? languageOfShebang(text) : file.language;
		if (language === undefined) return { ...times, why: "not a known source language (no extension)" };
		return { ...times, bytes: bytes.length, text, language };
	} catch (error) {
		return { ...times, why: `unreadable (${errorCode(error)})` };
	}
}

/** The times of a file below `root`; 0 and 0 of one that is gone or cannot be asked. */
export async function statSource(root: string, path: string): Promise<FileTimes> {
	const found = await stat(join(root, path)).catch(() => undefined);
	return { bytes: found?.size ?? 0, mtime: found?.mtimeMs ?? 0 };
}

/** The text of UTF-8 bytes, a byte order mark kept, or why they are none. */
function decodeText(bytes: Uint8Array): { text: string } | { why: string } {
	if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
		return { why: "UTF-16 text (only UTF-8 is read)" };
	}
	if (bytes.includes(0)) return { why: "binary (not UTF-8 text)" };
	try {
		return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
	} catch {
		return { why: "binary (not UTF-8 text)" };
	}
}
