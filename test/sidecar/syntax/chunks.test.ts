import assert from "node:assert/strict";
import { test } from "node:test";
import { bareCode, chunksOf, chunksOfText } from "../../../sidecar/syntax/chunks.ts";
import { syntaxLanguages } from "../../../sidecar/syntax/languages.ts";
import { loadParser } from "../../../sidecar/syntax/parser.ts";
import { assertWhole } from "../../support/chunkChecks.ts";

test("chunks of text: sections of Markdown, blocks of other files", () => {
	const markdown = "# Title\n\nText.\n\n```sh\n# no heading\n```\n## Next\nMore.\n";
	const parts = (text: string, path: string) =>
		chunksOfText(text, path).map(({ start, end }) => text.slice(start, end));
	assert.deepEqual(parts(markdown, "a.md"), ["# Title\n\nText.\n\n```sh\n# no heading\n```", "## Next\nMore."]);
	const yaml = Array.from({ length: 100 }, (_, line) => `key${line}: ${line}${line === 29 ? "\n" : ""}\n`).join("");
	assert.deepEqual(
		parts(yaml, "a.yaml").map((part) => part.split("\n").length),
		[30, 40, 30],
	);
	assertWhole(yaml, chunksOfText(yaml));
	assert.deepEqual(chunksOfText(" \n{}\n"), []);
});

test("broken, deep, minified and odd texts fall into chunks without an error", async () => {
	const odd = [
		"",
		"\ufeff\u0000\ud800 x",
		"((((".repeat(2000),
		"{[(\"'`/*".repeat(500),
		"class A { void f( { if (x",
		"def f(:\n\tclass\n  def",
		`${"a{b:".repeat(1000)}`,
		"😀".repeat(9000),
		"function f(){return 1};".repeat(2000),
		"class A{static B=".repeat(500),
		"x=1;".repeat(5000),
		`/* ${"line\n".repeat(500)} */ function f() {}`,
	];
	for (const language of syntaxLanguages) {
		const parser = await loadParser(language);
		for (const text of odd) {
			const chunks = chunksOf(parser.parse(text), language);
			assertWhole(text, chunks);
			assert.ok(chunks.filter(({ kind }) => kind === "block").every(({ start, end }) => end - start <= 4000));
			for (const chunk of chunks) bareCode(text, chunk);
		}
	}
	for (const text of odd) assertWhole(text, chunksOfText(text, "a.md"));
});
