import { createHash } from "node:crypto";
import { type Chunk, chunksOf, chunksOfText } from "../../syntax/chunks.ts";
import { type SyntaxLanguage, syntaxLanguageOf, syntaxLanguages } from "../../syntax/languages.ts";
import { blockSizes } from "../../syntax/lineBlocks.ts";
import { loadParser } from "../../syntax/parser.ts";
import { ownText } from "../chunkText.ts";

/** A chunk of a file as the index takes it. */
export interface SourceChunk extends Chunk {
	/** Stands for kind, symbol, documentation and text: 128 bits of SHA-256 in 22 characters. */
	readonly hash: string;
	/** Counted from 1. */
	readonly startLine: number;
	readonly endLine: number;
	/** Its own text, comments too. */
	readonly text: string;
}

/** The language whose grammar cuts a file into chunks; undefined where its chunks are blocks of lines. */
export function grammarOf(file: {
	readonly path: string;
	readonly language: string | null;
}): SyntaxLanguage | undefined {
	return syntaxLanguageOf(file.path) ?? syntaxLanguages.find((known) => known === file.language);
}

/** What cuts texts by their grammars: this thread, or others beside it. */
export interface Cutter {
	readonly cut: (text: string, grammar: SyntaxLanguage) => Promise<SourceChunk[]>;
	/** How many files it wants to have under way at once. */
	readonly ahead: number;
}

/** Cuts in this thread, one text after the other. */
export const cutterHere: Cutter = { cut: (text, grammar) => chunksBySyntax(text, grammar), ahead: 1 };

/** The chunks of a text by the grammar of its language. */
export async function chunksBySyntax(text: string, language: SyntaxLanguage): Promise<SourceChunk[]> {
	const parser = await loadParser(language);
	return describe(text, chunksOf(parser.outline(text), language));
}

/** Blocks of lines: what a text without grammar has, and any text at first, since it takes a fraction of the time. */
export function chunksByLines(text: string, path: string, size: keyof typeof blockSizes): SourceChunk[] {
	return describe(text, chunksOfText(text, path, blockSizes[size]));
}

function describe(text: string, chunks: readonly Chunk[]): SourceChunk[] {
	const lines = lineStarts(text);
	return chunks.map((chunk) => {
		const own = ownText(chunk, text);
		return {
			...chunk,
			hash: hashOf(chunk, own),
			startLine: lineOf(lines, chunk.start),
			endLine: lineOf(lines, Math.max(chunk.start, chunk.end - 1)),
			text: own,
		};
	});
}

function hashOf({ kind, symbol, docstring }: Chunk, own: string): string {
	const content = JSON.stringify([kind, symbol, docstring, own]);
	return createHash("sha256").update(content).digest("base64url").slice(0, 22);
}

/** Where each line starts. */
function lineStarts(text: string): number[] {
	const starts = [0];
	for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
	return starts;
}

/** The line that holds a position, counted from 1. */
function lineOf(starts: readonly number[], position: number): number {
	let low = 0;
	let high = starts.length;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if ((starts[middle] ?? 0) <= position) low = middle;
		else high = middle;
	}
	return low + 1;
}
