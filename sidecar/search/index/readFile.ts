import { createHash } from "node:crypto";
import { whyNotByText } from "../../data/contentRules.ts";
import { readSource } from "../../data/readers/content.ts";
import type { ListedFile } from "../../data/readers/listing.ts";
import type { FileFacts } from "./indexWriter.ts";
import { type Cutter, chunksByLines, cutterHere, grammarOf, type SourceChunk } from "./sourceChunks.ts";

/**
 * Of UTF-8: longer files are data or generated, but for a few that people wrote (the checker of TypeScript has 3 MB).
 * A corpus leaves out much shorter ones, since they would weigh too much in it.
 */
const maximumFileBytes = 4_000_000;

/** A file changed this short a time ago, in milliseconds, may change again within the same tick of its file system. */
const racy = 2_000;

export interface IndexedFile {
	readonly facts: FileFacts;
	readonly chunks: readonly SourceChunk[];
}

/** A file's content, before it is cut into chunks. */
export interface FileContent {
	readonly facts: Omit<FileFacts, "syntax">;
	/** Undefined of a file that is left out; its reason is its state. */
	readonly text: string | undefined;
}

/** Reads a listed file; undefined when it is gone meanwhile. */
export async function readContent(root: string, file: ListedFile): Promise<FileContent | undefined> {
	const source = await readSource(root, file, { maximumFileBytes });
	const { path } = file;
	const { bytes } = source;
	// 0 makes the next look read it again.
	const mtime = Date.now() - source.mtime < racy ? 0 : source.mtime;
	if ("why" in source) {
		if (/^unreadable \((ENOENT|ENOTDIR)\)$/.test(source.why)) return undefined;
		return { facts: { path, hash: "-", bytes, mtime, language: null, state: source.why }, text: undefined };
	}
	const { text, language } = source;
	const hash = createHash("sha256").update(text).digest("base64url");
	const why = whyNotByText(text, language);
	const facts = { path, hash, bytes, mtime, language, state: why ?? "indexed" };
	return { facts, text: why === undefined ? text : undefined };
}

/** Cuts a file into chunks; in a `hurry` into blocks of lines, which the grammar's chunks are to follow. */
export async function cutIntoChunks(
	{ facts, text }: FileContent,
	hurry: "hurry" | "syntax",
	cutter: Pick<Cutter, "cut"> = cutterHere,
): Promise<IndexedFile> {
	if (text === undefined) return { facts: { ...facts, syntax: true }, chunks: [] };
	const grammar = grammarOf(facts);
	if (grammar === undefined)
		return { facts: { ...facts, syntax: true }, chunks: chunksByLines(text, facts.path, "fine") };
	if (hurry === "hurry")
		return { facts: { ...facts, syntax: false }, chunks: chunksByLines(text, facts.path, "coarse") };
	return { facts: { ...facts, syntax: true }, chunks: await cutter.cut(text, grammar) };
}
