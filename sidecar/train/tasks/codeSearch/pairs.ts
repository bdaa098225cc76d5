/** What a corpus says about its own code: words and the code that they are about. */
import type { Document } from "../../../data/document.ts";
import { embeddedText } from "../../../search/chunkText.ts";
import { grammarOf } from "../../../search/index/sourceChunks.ts";
import { bareCode, type Chunk, chunksOf } from "../../../syntax/chunks.ts";
import { namedSpans } from "../../../syntax/namedSpans.ts";
import { loadParser } from "../../../syntax/parser.ts";
import { proseOf } from "../../../syntax/prose.ts";
import type { SyntaxTree } from "../../../syntax/syntaxTree.ts";
import { partStems } from "../../../tokenizer/identifierParts.ts";

/**
 * Where the words come from. Documentation is what a search is like, and there is little of it: names, comments and
 * messages, of which there is ten times as much, are what the encoder learns its words from. Code itself asks for code:
 * some lines of a function for the rest of it (inverse cloze task of Lee et al. 2019, section 4), as a selection does.
 */
export const pairKinds = ["documentation", "name", "comment", "message", "code"] as const;
export type PairKind = (typeof pairKinds)[number];

export interface Pair {
	readonly kind: PairKind;
	readonly query: string;
	/** As a chunk is embedded in the index; without its name where the name is the query. */
	readonly code: string;
	/** Of documented functions: the bare code without the name, else "". */
	readonly nameless: string;
	/** Of documented functions, else "". */
	readonly name: string;
}

/** Shorter documentation, comments and messages say nothing that could be searched for. */
const fewestWords = 3;
const fewestMessageWords = 4;

/** Of a function of so many lines the ones in the middle ask for the rest. */
const fewestCodeLines = 8;
const queryLines = 4;

/** Longer code is cut before it is tokenized: its beginning says what it is about. */
const longestCode = 3000;

/** What follows a comment and belongs to it, in UTF-16 code units. */
const commentReach = 700;

const legal = /copyright|licen[cs]e|spdx|generated|todo|fixme/i;

/** The pairs of a document, in the order of its chunks; none where there is no grammar for its language. */
export async function pairsOf({ path, language: name, text }: Document): Promise<Pair[]> {
	const language = grammarOf({ path, language: name });
	if (language === undefined) return [];
	const tree = (await loadParser(language)).parse(text);
	const chunks = chunksOf(tree, language);
	const strings = namedSpans(tree, language).filter(({ spanClass }) => spanClass === "string");
	return [
		...chunks.flatMap((chunk) => functionPairs(chunk, text)),
		...commentPairs(tree, chunks),
		...messagePairs(text, chunks, strings),
	];
}

function functionPairs(chunk: Chunk, text: string): Pair[] {
	const { kind, name, docstring } = chunk;
	if ((kind !== "function" && kind !== "method") || name === null) return [];
	const nameless = withoutName(bareCode(text, chunk), name).slice(0, longestCode);
	const pairs: Pair[] = [];
	const query = docstring.split("\n")[0]!; // the summary: what follows it is of details
	if (isProse(query, fewestWords)) {
		const code = embeddedText(chunk, text).slice(0, longestCode);
		pairs.push({ kind: "documentation", query, code, nameless, name });
	}
	if (partStems(name).length > 1) pairs.push({ kind: "name", query: name, code: nameless, nameless: "", name: "" });
	const lines = nameless.split("\n");
	if (lines.length >= fewestCodeLines) {
		const start = Math.floor((lines.length - queryLines) / 2);
		const asked = lines.splice(start, queryLines).join("\n");
		pairs.push({ kind: "code", query: asked, code: lines.join("\n"), nameless: "", name: "" });
	}
	return pairs;
}

/** Each comment with the code after it, lines of comment that follow each other as one. */
function commentPairs({ text }: SyntaxTree, chunks: readonly Chunk[]): Pair[] {
	const comments = chunks.flatMap((chunk) => chunk.comments).sort((one, other) => one[0] - other[0]);
	const pairs: Pair[] = [];
	for (let at = 0; at < comments.length; at++) {
		const start = comments[at]![0];
		while (goesOn(text, comments[at], comments[at + 1])) at++;
		const end = comments[at]![1];
		const query = proseOf(text.slice(start, end)).split("\n")[0]!;
		if (start < 3 || !isProse(query, fewestWords) || legal.test(query)) continue;
		const code = uncommented(text, [end, Math.min(text.length, end + commentReach)], comments, at + 1);
		if (code.length > 20) pairs.push({ kind: "comment", query, code, nameless: "", name: "" });
	}
	return pairs;
}

/** Whether a comment on a line of its own goes on with the one before, as lines of `#` or `//` do. */
function goesOn(
	text: string,
	one: readonly [number, number] | undefined,
	next: readonly [number, number] | undefined,
): boolean {
	if (one === undefined || next === undefined || text.startsWith("/*", next[0])) return false;
	return text[one[0]] === text[next[0]] && /^[ \t]*\r?\n[ \t]*$/.test(text.slice(one[1], next[0]));
}

/** The first message of each function, such as that of an error, with the rest of the function. */
function messagePairs(
	text: string,
	chunks: readonly Chunk[],
	strings: readonly { readonly start: number; readonly end: number }[],
): Pair[] {
	const pairs: Pair[] = [];
	let next = 0;
	for (const chunk of chunks) {
		if (chunk.kind !== "function" && chunk.kind !== "method") continue;
		while (next < strings.length && strings[next]!.end <= chunk.start) next++;
		for (let at = next; at < strings.length && strings[at]!.start < chunk.end; at++) {
			const { start, end } = strings[at]!;
			if (chunk.comments.some(([from, to]) => start >= from && end <= to)) continue;
			const query = text
				.slice(start, end)
				.replaceAll(/%[-+.\d]*[a-z]|\\[nrt]|\$?\{[^}]*\}|["'`]/g, " ")
				.trim();
			if (!isProse(query, fewestMessageWords) || query.length > 200) continue;
			const rest = { ...chunk, comments: [...chunk.comments, [start, end] as const].sort((a, b) => a[0] - b[0]) };
			pairs.push({ kind: "message", query, code: bareCode(text, rest).slice(0, longestCode), nameless: "", name: "" });
			break;
		}
	}
	return pairs;
}

function isProse(text: string, words: number): boolean {
	return /[\p{Ll}\p{Lo}]{3}/u.test(text) && text.split(/\s+/).length >= words;
}

/** A range of the text without the comments from index `first` on. */
function uncommented(
	text: string,
	[start, end]: readonly [number, number],
	comments: readonly (readonly [number, number])[],
	first: number,
): string {
	let code = "";
	let at = start;
	for (let next = first; next < comments.length && comments[next]![0] < end; next++) {
		code += text.slice(at, comments[next]![0]);
		at = comments[next]![1];
	}
	return (code + text.slice(at, Math.max(at, end))).trim();
}

/** The code with its own name gone wherever it stands as a whole word. */
function withoutName(code: string, name: string): string {
	const pattern = name.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
	return code.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}_$])${pattern}(?![\\p{L}\\p{N}_$])`, "gu"), "");
}
