import { stat } from "node:fs/promises";
import { MaskwrightError } from "../../base/errors.ts";
import { chunksOf } from "./fileBytes.ts";

/** A place in a text file; line and column count from 1, the column in UTF-16 code units. */
export interface Place {
	readonly file: string;
	readonly line: number;
	readonly column: number;
}

/** The error that says what is wrong at one place of a file. */
export function brokenAt({ file, line, column }: Place, problem: string): MaskwrightError {
	return new MaskwrightError("corpusInvalid", `${file}, line ${line}, column ${column}: ${problem}`, {
		data: { file, line, column },
	});
}

/** More than a string of JavaScript holds cannot be read whole. */
const longestFile = 2 ** 29;

/**
 * The text of a UTF-8 file without its byte order mark. Throws `notFound`, `usage` for a folder, and `corpusInvalid` with
 * the place for bytes that are no UTF-8.
 */
export async function readPlainText(file: string): Promise<string> {
	const found = await stat(file).catch((cause: unknown) => {
		throw new MaskwrightError("notFound", `${file} does not exist or cannot be opened. Name a file.`, { cause });
	});
	if (found.isDirectory()) {
		throw new MaskwrightError(
			"usage",
			`${file} is a folder, and this recipe reads one file of records. Name that file.`,
		);
	}
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of chunksOf(file)) {
		size += chunk.length;
		if (size > longestFile) {
			throw new MaskwrightError("usage", `${file} holds more than ${longestFile / 2 ** 20} MB. Divide it.`);
		}
		chunks.push(chunk);
	}
	return decodeUtf8(Buffer.concat(chunks), file);
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
	const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
	if (utf16) throw brokenAt({ file, line: 1, column: 1 }, "the file is UTF-16. Save it as UTF-8.");
	const nul = bytes.indexOf(0);
	if (nul >= 0) {
		throw brokenAt(placeOf(bytes, nul, file), "there is a byte 0: binary, or UTF-16. Save the file as UTF-8.");
	}
	const text = decodeStart(bytes, bytes.length, { whole: true });
	if (text !== undefined) return text;
	const at = firstInvalid(bytes);
	const byte = bytes[at]!.toString(16).toUpperCase().padStart(2, "0");
	throw brokenAt(
		placeOf(bytes, at, file),
		`the byte 0x${byte} is not UTF-8; the file may be Latin-1 or Windows-1252. Save it as UTF-8.`,
	);
}

/** The text of the first `end` bytes, or undefined where they are no UTF-8; a character may be cut off unless `whole`. */
function decodeStart(bytes: Uint8Array, end: number, { whole }: { whole: boolean }): string | undefined {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end), { stream: !whole });
	} catch {
		return undefined;
	}
}

/** The first byte that no UTF-8 text goes on with. */
function firstInvalid(bytes: Uint8Array): number {
	let [valid, invalid] = [0, bytes.length + 1];
	while (invalid - valid > 1) {
		const middle = Math.floor((valid + invalid) / 2);
		const fine = middle <= bytes.length && decodeStart(bytes, middle, { whole: false }) !== undefined;
		if (fine) valid = middle;
		else invalid = middle;
	}
	// The offending byte may be the first of a sequence that the next byte does not go on with.
	let at = Math.min(valid, bytes.length - 1);
	while (at > 0 && (bytes[at]! & 0xc0) === 0x80) at--;
	return bytes[at]! < 0x80 ? Math.max(0, at - 1) : at;
}

function placeOf(bytes: Uint8Array, at: number, file: string): Place {
	const lines = Buffer.from(bytes.subarray(0, at))
		.toString("utf8")
		.replace(/^\uFEFF/, "")
		.split("\n");
	return { file, line: lines.length, column: lines.at(-1)!.length + 1 };
}
