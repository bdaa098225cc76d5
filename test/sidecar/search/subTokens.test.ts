import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { subTokenSpans, subTokens } from "../../../sidecar/search/subTokens.ts";

function check(text: string, expected: string): void {
	assert.deepEqual(subTokens(text), expected.split(" "), text);
}

test("an identifier stands for its parts and for itself", () => {
	check("HTTPServer", "http server httpserver");
	check("readLine2", "read lin 2 readline2");
	check("__init_subclass__", "init subclass initsubclass");
	check("$scope.getURL", "scop get url geturl");
	check("x", "x");
});

test("case, accents and compatible forms make no difference", () => {
	assert.deepEqual(subTokens("Café"), subTokens("cafe\u0301"));
	assert.deepEqual(subTokens("ﬁle"), subTokens("file"));
	assert.deepEqual(subTokens("ＡＢＣ"), subTokens("abc"));
	check("мойКлюч", "мои ключ моиключ");
});

test("scripts without spaces are read by pairs", () => {
	check("コード検索", "コー ード ド検 検索");
});

test("any text gives words that mean nothing to a search engine, each of which stands for itself", () => {
	fc.assert(
		fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
			for (const token of subTokens(text)) assert.match(token, /^[\p{L}\p{M}\p{N}]{1,64}$/u);
			for (const { start, end } of subTokenSpans(text)) assert.ok(0 <= start && start < end && end <= text.length);
		}),
	);
});

test("a long run of letters is one word and takes linear time", () => {
	const started = performance.now();
	assert.equal(subTokens("aB".repeat(500_000)).length, 1);
	assert.ok(performance.now() - started < 2_000);
});

test("places of tokens are those of the words", () => {
	const text = "let parsedURL = readFiles()";
	const shown = subTokenSpans(text).map(({ start, end, token }) => `${text.slice(start, end)}:${token}`);
	assert.deepEqual(shown, [
		"let:let",
		"parsed:pars",
		"URL:url",
		"parsedURL:parsedurl",
		"read:read",
		"Files:fil",
		"readFiles:readfiles",
	]);
});
