import { staysWithin } from "../../data/readers/confined.ts";
import { readContent } from "../index/readFile.ts";
import { subTokenSpans, subTokens } from "../subTokens.ts";
import type { FoundChunk } from "./foundChunks.ts";

/** What a result shows of its chunk. */
export interface Preview {
	/** The chunk's first lines as they stand on the disk, empty when the file is gone. */
	readonly preview: string;
	/** Words and parts of names that the query asked for, as they stand there. */
	readonly matchedTerms: string[];
	/** Whether the file is another than was indexed. */
	readonly stale: boolean;
}

const mostLines = 20;
const longestLine = 240;

/** UTF-16 units of a chunk in which matches are looked for. */
const longestText = 20_000;

interface FileText {
	readonly text: string | undefined;
	readonly hash: string | undefined;
}

/**
 * Reads what results show from the files below `root`, each file once. A file that has changed since shows the lines
 * that stand there; one that is gone, or has become a link to somewhere else, shows nothing.
 */
export function createPreviews(root: string): (chunk: FoundChunk, terms: ReadonlySet<string>) => Promise<Preview> {
	const files = new Map<string, Promise<FileText>>();
	return async (chunk, terms) => {
		const { path, fileHash, start, end, startLine, endLine } = chunk;
		const reading = files.get(path) ?? readFile(root, chunk);
		files.set(path, reading);
		const { text, hash } = await reading;
		const stale = hash !== fileHash;
		const preview = text === undefined ? "" : linesOf(text, startLine, Math.min(endLine, startLine + mostLines - 1));
		const own = text === undefined ? "" : stale ? preview : text.slice(start, Math.min(end, start + longestText));
		const matchedTerms = termsWithin([chunk.symbol ?? "", own, path], terms);
		return { preview, matchedTerms, stale };
	};
}

async function readFile(root: string, { path, language }: FoundChunk): Promise<FileText> {
	if (!(await staysWithin(root, path))) return { text: undefined, hash: undefined };
	const content = await readContent(root, { path, language: language ?? "" });
	return { text: content?.text, hash: content?.facts.hash };
}

/** Lines `from` to `to`, counted from 1, without their last line end. */
function linesOf(text: string, from: number, to: number): string {
	let start = 0;
	for (let line = 1; line < from; line++) {
		const next = text.indexOf("\n", start);
		if (next < 0) return "";
		start = next + 1;
	}
	let end = start;
	for (let line = from; line <= to && end >= 0; line++) end = text.indexOf("\n", line === from ? start : end + 1);
	const lines = text.slice(start, end < 0 ? undefined : end).split("\n");
	return lines.map((line) => shortened(line.replace(/\r$/, ""))).join("\n");
}

function shortened(line: string): string {
	if (line.length <= longestLine) return line;
	// A pair of surrogates is one character.
	return `${line.slice(0, longestLine - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/**
 * The words of the texts whose tokens are among `terms`, each once, in the order of the terms; a part of an identifier
 * that is named as a whole goes without saying.
 */
function termsWithin(texts: readonly string[], terms: ReadonlySet<string>): string[] {
	const found = new Map<string, string>();
	for (const text of texts) {
		for (const { start, end, token } of subTokenSpans(text)) {
			if (terms.has(token) && !found.has(token)) found.set(token, text.slice(start, end));
		}
	}
	const named = new Set<string>();
	for (const [token, word] of found) for (const part of subTokens(word)) if (part !== token) named.add(part);
	const words = [...terms].flatMap((term) => (named.has(term) ? [] : (found.get(term) ?? [])));
	return words.filter(
		(word, place) => words.findIndex((other) => other.toLowerCase() === word.toLowerCase()) === place,
	);
}
