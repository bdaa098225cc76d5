import assert from "node:assert/strict";
import { bareCode, type Chunk, chunksOf } from "../../sidecar/syntax/chunks.ts";
import type { SyntaxLanguage } from "../../sidecar/syntax/languages.ts";
import { loadParser } from "../../sidecar/syntax/parser.ts";

/** Expects each chunk as `kind symbol "docstring" | bare code`, its lines joined by `/`. */
export async function checkChunks(language: SyntaxLanguage, text: string, expected: readonly string[]): Promise<void> {
	const parser = await loadParser(language);
	const chunks = chunksOf(parser.parse(text), language);
	assert.deepEqual(chunksOf(parser.outline(text), language), chunks);
	for (const { nameRange, name } of chunks) if (nameRange !== null) assert.ok(name?.endsWith(text.slice(...nameRange)));
	assertWhole(text, chunks);
	assert.deepEqual(
		chunks.map((chunk) => `${chunk.kind} ${chunk.symbol} "${chunk.docstring}" | ${lines(bareCode(text, chunk))}`),
		expected,
	);
}

function lines(code: string): string {
	return code
		.split("\n")
		.map((line) => line.trim())
		.join("/");
}

/** Every letter and digit stands in the own text of exactly one chunk; what is left out or cut off lies within. */
export function assertWhole(text: string, chunks: readonly Chunk[]): void {
	const owners = new Uint8Array(text.length);
	for (const { start, end, inner, comments, nameRange } of chunks) {
		assert.ok(start < end && text.slice(start, end).trim().length === end - start);
		for (const [from, to] of [...inner, ...comments, nameRange ?? [start, end]])
			assert.ok(from >= start && to <= end && from < to);
		for (let at = start; at < end; at++) owners[at]!++;
		for (const [from, to] of inner) for (let at = from; at < to; at++) owners[at]!--;
	}
	for (let at = 0; at < text.length; at++) {
		assert.ok(owners[at]! <= 1, `two chunks own ${JSON.stringify(text.slice(at, at + 20))}`);
		if (/[\p{L}\p{N}]/u.test(text[at]!))
			assert.equal(owners[at], 1, `no chunk owns ${JSON.stringify(text.slice(at, at + 20))}`);
	}
}
