import { isAbsolute, posix, relative, sep } from "node:path";
import { MaskwrightError } from "../../base/errors.ts";
import { staysWithin } from "../../data/readers/confined.ts";
import { readContent } from "../index/readFile.ts";
import type { Searcher } from "./searcher.ts";

/** Lines of a file, whole. */
export interface Lines {
	/** From the folder. */
	readonly path: string;
	/** Counted from 1. */
	readonly startLine: number;
	readonly endLine: number;
	readonly text: string;
	/** How many lines the file has. */
	readonly of: number;
	readonly language: string | null;
}

/** More lines are not read at once. */
const mostLines = 500;

/**
 * Reads lines of a file of the index as they stand on the disk. What the index leaves out (ignored files, secrets, all
 * that lies outside of the folder) is not read: throws `notFound`.
 */
export async function readLines(
	searcher: Searcher,
	wanted: { readonly path: string; readonly startLine: number; readonly endLine?: number | undefined },
): Promise<Lines> {
	const { folder } = searcher;
	const path = withinFolder(folder, wanted.path);
	const index = await searcher.refresh();
	const file = index.file(path);
	const readable = file?.state === "indexed" && (await staysWithin(folder, path));
	const content = readable ? await readContent(folder, { path, language: file.language ?? "" }) : undefined;
	if (content?.text === undefined) {
		const sentence = `${wanted.path} is not in the index of ${folder}. Give a path as search results have it.`;
		throw new MaskwrightError("notFound", sentence);
	}
	const lines = content.text.replace(/\n$/, "").split("\n");
	const { startLine, endLine = startLine + mostLines - 1 } = wanted;
	if (startLine > lines.length || endLine < startLine) {
		const sentence = `${path} has ${lines.length} lines, and none from ${startLine} to ${endLine}.`;
		throw new MaskwrightError("usage", sentence);
	}
	const last = Math.min(endLine, startLine + mostLines - 1, lines.length);
	const text = lines.slice(startLine - 1, last).join("\n");
	return { path, startLine, endLine: last, text, of: lines.length, language: file?.language ?? null };
}

/** A path as the index has it. */
function withinFolder(folder: string, path: string): string {
	const below = isAbsolute(path) ? relative(folder, path) : path;
	return posix.normalize(below.split(sep).join("/"));
}
