/** Spans of texts that a user tagged: JSON lines of `{path, start, end, tag}`. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { MaskwrightError } from "../../base/errors.ts";
import type { Annotator, TypedSpan } from "../annotators/annotator.ts";
import { markClasses } from "../masking/tokenMark.ts";

const recordSchema = z.strictObject({
	path: z.string().min(1),
	start: z.int().nonnegative(),
	end: z.int().positive(),
	tag: z.enum(markClasses),
});

/** A span, and the line of the file that it stands in. */
interface LocatedSpan extends TypedSpan {
	readonly line: number;
	readonly text: string;
}

/**
 * The spans of a file, which is looked for in `folder` and in those above it, by the path of the document: that below
 * the folder of the corpus, or its end. Throws `notFound`, and `corpusInvalid` with line and column for a line that is
 * no span, an unknown tag, two spans that overlap, and, when its document is read, a span beyond the end of the text.
 */
export async function readSpansFile(path: string, folder: string): Promise<Annotator> {
	const { file, text } = await find(path, folder);
	const byPath = new Map<string, LocatedSpan[]>();
	for (const [index, line] of text.split(/\r?\n/).entries()) {
		if (line.trim() === "") continue;
		const record = parseLine(file, index + 1, line);
		const { start, end, tag: spanClass } = record;
		if (end <= start)
			throw invalid(file, { number: index + 1, line, key: "end" }, `its end ${end} is not behind its start ${start}`);
		const spans = byPath.get(record.path) ?? [];
		byPath.set(record.path, spans);
		spans.push({ start, end, spanClass, line: index + 1, text: line });
	}
	for (const spans of byPath.values()) sortApart(file, spans);
	return { spans: async (document) => spansOf(file, byPath, document) };
}

function spansOf(
	file: string,
	byPath: ReadonlyMap<string, readonly LocatedSpan[]>,
	document: { readonly path: string; readonly text: string },
): readonly TypedSpan[] {
	const spans = byPath.get(document.path) ?? byEnd(byPath, document.path) ?? [];
	const beyond = spans.find(({ end }) => end > document.text.length);
	if (beyond !== undefined) {
		throw invalid(
			file,
			{ number: beyond.line, line: beyond.text, key: "end" },
			`it ends at ${beyond.end}, and ${document.path} has ${document.text.length} UTF-16 code units`,
		);
	}
	return spans;
}

/** One of two paths may be the longer, such as that of a file that is named from elsewhere. */
function byEnd(byPath: ReadonlyMap<string, readonly LocatedSpan[]>, path: string): readonly LocatedSpan[] | undefined {
	for (const [own, spans] of byPath) {
		if (path.endsWith(`/${own}`) || own.endsWith(`/${path}`)) return spans;
	}
	return undefined;
}

function sortApart(file: string, spans: LocatedSpan[]): void {
	spans.sort((one, other) => one.start - other.start || one.line - other.line);
	for (let at = 1; at < spans.length; at++) {
		const [before, span] = [spans[at - 1]!, spans[at]!];
		if (span.start >= before.end) continue;
		const [later, earlier] = span.line > before.line ? [span, before] : [before, span];
		throw invalid(
			file,
			{ number: later.line, line: later.text, key: "start" },
			`it overlaps the span of line ${earlier.line}`,
		);
	}
}

function parseLine(file: string, number: number, line: string): z.infer<typeof recordSchema> {
	let json: unknown;
	try {
		json = JSON.parse(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line);
	} catch {
		throw invalid(file, { number, line, key: "" }, "it is not JSON");
	}
	const { data, error } = recordSchema.safeParse(json);
	if (data !== undefined) return data;
	const [issue] = error.issues;
	const key = String(issue!.path[0] ?? (issue!.code === "unrecognized_keys" ? issue!.keys[0] : ""));
	const tag = typeof json === "object" && json !== null && "tag" in json ? json.tag : undefined;
	const why =
		key === "tag" && tag !== undefined
			? `there is no tag ${JSON.stringify(tag)}; tags are ${markClasses.join(", ")}`
			: `${key === "" ? "the line" : key}: ${issue!.message}`;
	throw invalid(file, { number, line, key }, why);
}

interface Place {
	readonly number: number;
	readonly line: string;
	/** The key that is wrong; "" for the whole line. */
	readonly key: string;
}

function invalid(file: string, { number, line, key }: Place, why: string): MaskwrightError {
	const column = key === "" ? 1 : line.indexOf(`"${key}"`) + 1 || 1;
	return new MaskwrightError(
		"corpusInvalid",
		`Line ${number}, column ${column} of ${file} is no span: ${why}. Each line must be an object with "path", "start", "end" and "tag".`,
		{ data: { line: number, column } },
	);
}

async function find(path: string, folder: string): Promise<{ file: string; text: string }> {
	for (let place = resolve(folder); ; place = dirname(place)) {
		const file = isAbsolute(path) ? path : join(place, path);
		const bytes = await readFile(file).catch(() => undefined);
		if (bytes !== undefined) return { file, text: decode(file, bytes) };
		if (isAbsolute(path) || dirname(place) === place) break;
	}
	throw new MaskwrightError(
		"notFound",
		`The file of spans ${path} is neither in ${resolve(folder)} nor in a folder above it. Name it whole in masking.annotators.`,
	);
}

function decode(file: string, bytes: Uint8Array): string {
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch (cause) {
		throw new MaskwrightError("corpusInvalid", `${file} is no UTF-8 text. Save it as UTF-8.`, { cause });
	}
}
