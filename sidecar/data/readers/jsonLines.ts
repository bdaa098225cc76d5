import { z } from "zod";
import { MaskwrightError } from "../../base/errors.ts";
import type { Corpus } from "../document.ts";
import { languageOfPath, languageOfShebang } from "../languages.ts";
import { chunksOf } from "./fileBytes.ts";
import { Intake, type ReadOptions } from "./intake.ts";

const recordSchema = z.object({
	text: z.string(),
	path: z.string().min(1),
	pkg: z.string().optional(),
	language: z.string().optional(),
});

/**
 * Reads one object a line, `{text, path, pkg?, language?}`, from a `.jsonl` or `.jsonl.xz` file, streaming. A record's
 * path is its package and path; a language that is not named is inferred from the path, else it is `text`.
 * A line that is no such object is a `usage` error that names its number.
 */
export async function readJsonLines(file: string, options: ReadOptions): Promise<Corpus> {
	const intake = new Intake(options);
	let number = 0;
	for await (const line of linesOf(file)) {
		number++;
		if (line.trim() === "") continue;
		intake.step();
		const record = parseRecord(file, number, line);
		const path = record.pkg === undefined ? record.path : `${record.pkg}/${record.path}`;
		const { text } = record;
		intake.offer(path, record.language ?? inferLanguage(record.path, text), { text, bytes: Buffer.byteLength(text) });
	}
	return intake.finish(file);
}

function parseRecord(file: string, number: number, line: string): z.infer<typeof recordSchema> {
	try {
		return recordSchema.parse(JSON.parse(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line));
	} catch (cause) {
		const problem =
			cause instanceof z.ZodError
				? `${cause.issues[0]!.path.join(".") || "the line"}: ${cause.issues[0]!.message}`
				: "it is not JSON";
		throw new MaskwrightError(
			"corpusInvalid",
			`Line ${number} of ${file} cannot be read (${problem}). Each line must be an object with "text" and "path".`,
			{ cause, data: { line: number } },
		);
	}
}

function inferLanguage(path: string, text: string): string {
	const found = languageOfPath(path);
	if ("why" in found) return "text";
	return found.language === "shebang?" ? (languageOfShebang(text) ?? "text") : found.language;
}

/** The lines of a file without their newlines. */
async function* linesOf(file: string): AsyncGenerator<string> {
	const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
	let rest = "";
	for await (const chunk of chunksOf(file)) {
		const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
		rest = lines.pop() ?? "";
		yield* lines;
	}
	rest += decoder.decode();
	if (rest !== "") yield rest;
}
