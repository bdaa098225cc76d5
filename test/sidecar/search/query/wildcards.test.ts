import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { matchesPath } from "../../../../sidecar/search/query/wildcards.ts";

test("patterns are read as in an editor's search", () => {
	const rows: [string, string, boolean][] = [
		["src/a/b.ts", "a/b", true],
		["src/a/b.ts", "A/B.TS", true],
		["src/a/b.ts", "/a", false],
		["src/a/b.ts", "/src", true],
		["src/a/b.ts", "*.ts", true],
		["src/a/b.ts", "src/*.ts", false],
		["src/a/b.ts", "src/**/*.ts", true],
		["src/b.ts", "src/**/*.ts", true],
		["src/a/b.ts", "/a/*.ts", false],
		["src/a/b.ts", "s*c", true],
		["src/a/b.ts", "s?c/**", true],
		["src/a/b.ts", "?.ts", true],
		["src/a/b.ts", "*.js", false],
		["src/abc/x.go", "a*", true],
		["src/xabc/x.go", "a*", false],
		["a/b/c", "a/*/c/", true],
	];
	for (const [path, pattern, expected] of rows)
		assert.equal(matchesPath(path, pattern), expected, `${path} ${pattern}`);
});

test("a pattern matches as a regular expression of the same meaning does", () => {
	const piece = fc.constantFrom("a", "b", "/", "*", "?", "**/");
	const letters = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 12 }).map((some) => some.join(""));
	fc.assert(
		fc.property(letters, fc.array(piece, { minLength: 1, maxLength: 6 }), (path, pieces) => {
			const pattern = pieces.join("");
			if (!/[*?]/.test(pattern) || /\*{3}|\*\*[^/]|\*\*$|^\/|\/$|\/\//.test(pattern)) return;
			const source = pattern.replaceAll(/\*\*\/|\*|\?/g, (wildcard) =>
				wildcard === "?" ? "[^/]" : wildcard === "*" ? "[^/]*" : ".*",
			);
			assert.equal(matchesPath(path, pattern), new RegExp(`(^|/)${source}($|/)`).test(path), `${path} ${pattern}`);
		}),
	);
});

test("a pattern of many stars takes no longer than its length times that of the path", () => {
	const started = performance.now();
	for (let time = 0; time < 100; time++) matchesPath("a".repeat(300), `${"**a".repeat(8)}**b`.replace(/b$/, "a?b"));
	assert.ok(performance.now() - started < 2_000);
});
