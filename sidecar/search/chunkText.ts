import { bareCode, type Chunk } from "../syntax/chunks.ts";

/**
 * The text of a chunk that is embedded, in training as in search: its symbol in a line of its own, then its bare
 * code; of a block that holds comments alone, these.
 */
export function embeddedText(chunk: Chunk, text: string): string {
	const code = bareCode(text, chunk) || chunk.docstring;
	return chunk.symbol === null ? code : `${chunk.symbol}\n${code}`;
}

/** All that stands in a chunk, comments too, without the chunks inside of it. */
export function ownText(chunk: Chunk, text: string): string {
	const parts: string[] = [];
	let at = chunk.start;
	for (const [start, end] of chunk.inner) {
		parts.push(text.slice(at, start));
		at = end;
	}
	return [...parts, text.slice(at, chunk.end)].join("");
}
