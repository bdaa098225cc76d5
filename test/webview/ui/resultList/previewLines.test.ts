import assert from "node:assert/strict";
import { test } from "node:test";
import { termRanges } from "../../../../webview/ui/resultList/codeText.ts";
import { previewLines } from "../../../../webview/ui/resultList/previewLines.ts";

function check(
	preview: string,
	terms: readonly string[],
	expected: readonly (readonly [number, string])[],
	name: string | null = null,
): void {
	const lines = previewLines(preview, { startLine: 10, name, terms, most: 3 });
	assert.deepEqual(
		lines.map(({ number, text }) => [number, text]),
		expected,
	);
}

test("the first line and those with the most of the terms are shown, in their order", () => {
	const code = "function read(text) {\n\tconst a = 1;\n\tconst header = parse(text);\n\n\treturn header;\n}";
	check(
		code,
		["header", "parse"],
		[
			[10, "function read(text) {"],
			[12, "  const header = parse(text);"],
			[14, "  return header;"],
		],
	);
	check(
		code,
		[],
		[
			[10, "function read(text) {"],
			[11, "  const a = 1;"],
			[12, "  const header = parse(text);"],
		],
	);
});

test("what all lines are indented by is taken off, and lines without a word are left out", () => {
	check(
		"\n\t\t{\n\t\tlet x = 1;\n\t\t\tlet y = 2;\r\n\t\t}",
		[],
		[
			[12, "let x = 1;"],
			[13, "  let y = 2;"],
		],
	);
	check("", [], []);
	check("{\n}\n", ["x"], []);
});

test("a match far to the right comes into sight", () => {
	check(
		"f();\nconst something = somewhere.else(of.the.header);",
		["header"],
		[
			[10, "f();"],
			[11, "…se(of.the.header);"],
		],
	);
});

test("terms are found within names, whatever their case, and those that overlap are one", () => {
	assert.deepEqual(termRanges("parseHeaderLine", ["header", "der", "line"]), [[5, 15]]);
	assert.deepEqual(termRanges("a b a", ["a", ""]), [
		[0, 1],
		[4, 5],
	]);
	assert.deepEqual(termRanges("İx", ["x"]), []);
});

test("the line that bears the name comes before its documentation", () => {
	const code = "/**\n * Calls read.\n */\nfunction read(text) {\n\tconst a = 1;\n\treturn header;\n}";
	const [named, body, end] = [
		[13, "function read(text) {"],
		[14, "  const a = 1;"],
		[15, "  return header;"],
	] as const;
	check(code, [], [named, body, end], "read");
	check(code, ["calls", "header"], [[11, " * Calls read."], named, end], "read");
});
