import { commentsOf } from "./commentRanges.ts";
import { type DefinitionSite, definitionsOf } from "./definitions.ts";
import type { SyntaxLanguage } from "./languages.ts";
import { type BlockSize, blockSizes, blocksOf, lineStarts, type Range } from "./lineBlocks.ts";
import { proseOf } from "./prose.ts";
import { statementsBetween } from "./statements.ts";
import type { SyntaxTree } from "./syntaxTree.ts";

export type ChunkKind = "function" | "method" | "class" | "block";

/** A part of a file that can be found, shown and embedded by itself. Places are UTF-16 code units of the file's text. */
export interface Chunk {
	readonly kind: ChunkKind;
	/** Such as `Server.listen`; null for a block. Namespaces stand in it only where the language has them as classes. */
	readonly symbol: string | null;
	/** The last part of `symbol`. */
	readonly name: string | null;
	/** With the comments, decorators and annotations that belong to it. */
	readonly start: number;
	readonly end: number;
	/** Range of the name itself, null for a block. */
	readonly nameRange: readonly [number, number] | null;
	/** Documentation as plain prose (see `proseOf`): a Python docstring or the comment before it; of a block its comments. */
	readonly docstring: string;
	/** Comments and docstrings, ascending, that do not stand in `inner`. */
	readonly comments: readonly (readonly [number, number])[];
	/** Chunks within a class, or within a function of more than 150 lines, which are left out of its own text. */
	readonly inner: readonly (readonly [number, number])[];
}

/**
 * Cuts a file into functions, methods, classes and blocks of what stands between them, in the order in which they
 * begin. Every letter and digit of the text stands in the own text of exactly one. Never throws; linear in the text.
 */
export function chunksOf(tree: SyntaxTree, language: SyntaxLanguage): Chunk[] {
	const { text } = tree;
	const sites = definitionsOf(tree, language);
	const drafts = [
		...sites.map((site) =>
			draft(
				site,
				site.documentation.map((node) => text.slice(tree.starts[node], tree.ends[node])),
			),
		),
		...blocksBetween(
			tree,
			sites.filter(({ parent }) => parent === undefined),
		),
	];
	for (const { parent, start, end } of sites) if (parent !== undefined) drafts[parent]!.inner.push([start, end]);
	drafts.sort((one, other) => one.start - other.start || other.end - one.end);
	placeComments(drafts, commentsOf(tree, language));
	return drafts.map(({ documentation, ...chunk }) => ({
		...chunk,
		docstring: chunk.kind === "block" ? proseOfBlock(text, chunk.comments) : proseOf(documentation.join("\n")),
	}));
}

/**
 * Blocks of whole lines for a text that no grammar reads. A Markdown file (by the end of `path`) falls into sections
 * at its headings, any other at its blank lines.
 */
export function chunksOfText(text: string, path = "", size: BlockSize = blockSizes.fine): Chunk[] {
	const whole: Range = [0, text.length];
	const lines = lineStarts(text, whole);
	const sections = /\.(md|mdx|markdown|mkd)$/i.test(path) ? headings(text, lines) : undefined;
	return blocksOf(text, whole, lines, { sections, size }).map((block) => ({ ...blockOf(block), docstring: "" }));
}

/** The own text of a chunk without comments, docstrings, blank lines and the indent of its first line. */
export function bareCode(text: string, chunk: Chunk): string {
	const left = [...chunk.comments, ...chunk.inner].sort((one, other) => one[0] - other[0]);
	let code = "";
	let at = chunk.start;
	for (const [start, end] of left) {
		code += text.slice(at, Math.max(at, start));
		at = Math.max(at, end);
	}
	code += text.slice(at, Math.max(at, chunk.end));
	const lines = code.split(/\r?\n/).filter((line) => line.trim() !== "");
	const indent = indentAt(text, chunk.start);
	return lines
		.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()).trimEnd())
		.join("\n");
}

type Draft = Omit<Chunk, "docstring" | "comments" | "inner"> & {
	readonly comments: Range[];
	readonly inner: Range[];
	readonly documentation: readonly string[];
};

function draft(site: DefinitionSite, documentation: readonly string[]): Draft {
	const { kind, symbol, name, nameRange, start, end } = site;
	return { kind, symbol, name, start, end, nameRange, comments: [], inner: [], documentation };
}

function blockOf([start, end]: Range) {
	return {
		kind: "block" as const,
		symbol: null,
		name: null,
		start,
		end,
		nameRange: null,
		comments: [] as Range[],
		inner: [] as Range[],
	};
}

function blocksBetween(tree: SyntaxTree, outermost: readonly DefinitionSite[]): Draft[] {
	const statements = statementsBetween(tree, outermost);
	const blocks: Range[] = [];
	let at = 0;
	let place = 0;
	let done = 0;
	for (const end of [...outermost.map(({ start }) => start), tree.text.length]) {
		const cuts: number[] = [];
		for (; place < statements.length && statements[place]! < end; place++) cuts.push(statements[place]!);
		if (end > at) for (const block of blocksOf(tree.text, [at, end], cuts)) blocks.push(block);
		at = Math.max(at, outermost[done++]?.end ?? end);
	}
	return blocks.map((block) => ({ ...blockOf(block), documentation: [] }));
}

/** Gives each comment to the innermost chunk that it stands in; one over several blocks in parts. */
function placeComments(chunks: readonly Draft[], comments: readonly Range[]): void {
	const open: Draft[] = [];
	let next = 0;
	for (const [start, end] of comments) {
		for (let at = start; at < end; ) {
			while (next < chunks.length && chunks[next]!.start <= at) open.push(chunks[next++]!);
			while (open.length > 0 && open.at(-1)!.end <= at) open.pop();
			const to = Math.min(end, open.at(-1)?.end ?? end, chunks[next]?.start ?? end);
			open.at(-1)?.comments.push([at, to]);
			at = to;
		}
	}
}

/** What a block's comments say of code. */
function proseOfBlock(text: string, comments: readonly Range[]): string {
	const texts = comments.map(([start, end]) => text.slice(start, end));
	const ofCode = texts.filter((comment) => !/copyright|licen[sc]e|spdx/i.test(comment));
	return ofCode
		.map(proseOf)
		.filter((prose) => prose !== "")
		.join("\n");
}

/** Where lines begin that are headings of Markdown, outside of fenced code. */
function headings(text: string, lines: readonly number[]): Set<number> {
	const places = new Set<number>();
	let fence: string | undefined;
	for (const line of lines) {
		const mark = text.slice(line, line + 3);
		if (mark === "```" || mark === "~~~") fence = fence === undefined ? mark : fence === mark ? undefined : fence;
		else if (fence === undefined && /^#{1,6}\s/.test(text.slice(line, line + 8))) places.add(line);
	}
	return places;
}

/** The white space between the beginning of a line and what stands first in it; none before what follows there. */
function indentAt(text: string, place: number): string {
	let begin = place;
	while (begin > 0 && (text[begin - 1] === " " || text[begin - 1] === "\t")) begin--;
	return begin === 0 || text[begin - 1] === "\n" ? text.slice(begin, place) : "";
}
