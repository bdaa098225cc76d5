import { staysWithin } from "../../data/readers/confined.ts";
import { embeddedText } from "../chunkText.ts";
import { readContent } from "../index/readFile.ts";
import { chunksByLines, chunksBySyntax, grammarOf, type SourceChunk } from "../index/sourceChunks.ts";
import type { FoundChunk } from "./foundChunks.ts";

/** Files whose chunks are kept: one search after another finds much the same. */
const keptFiles = 64;

/**
 * Reads what is embedded of chunks from the files below `root`, by content. A chunk whose file has changed since it was
 * indexed is left out.
 */
export function createChunkTexts(root: string): (chunks: readonly FoundChunk[]) => Promise<Map<string, string>> {
	const files = new Map<string, Promise<Map<string, string>>>();
	return async (chunks) => {
		const texts = new Map<string, string>();
		for (const chunk of chunks) {
			const key = `${chunk.fileHash} ${chunk.path}`;
			const reading = files.get(key) ?? textsOf(root, chunk);
			files.delete(key);
			files.set(key, reading);
			const text = (await reading).get(chunk.hash);
			if (text !== undefined) texts.set(chunk.hash, text);
		}
		for (const key of [...files.keys()].slice(0, -keptFiles)) files.delete(key);
		return texts;
	};
}

async function textsOf(root: string, { path, language, fileHash }: FoundChunk): Promise<Map<string, string>> {
	if (!(await staysWithin(root, path))) return new Map();
	const content = await readContent(root, { path, language: language ?? "" });
	const text = content?.text;
	if (text === undefined || content?.facts.hash !== fileHash) return new Map();
	const grammar = grammarOf({ path, language });
	const chunks: SourceChunk[] =
		grammar === undefined ? chunksByLines(text, path, "fine") : await chunksBySyntax(text, grammar);
	return new Map(chunks.map((chunk) => [chunk.hash, embeddedText(chunk, text)]));
}
