import assert from "node:assert/strict";
import { test } from "node:test";
import { completions } from "../../../webview/codeSearch/filters.ts";

/** What the chips are, and what the first of them makes of the query; `|` is the caret. */
function check(query: string, labels: readonly string[], first?: string): void {
	const caret = query.indexOf("|");
	const offered = completions(query.replace("|", ""), caret);
	assert.deepEqual(
		offered.map(({ label }) => label),
		labels,
	);
	if (first === undefined) return;
	const { text, caret: at } = offered[0]!;
	assert.equal(`${text.slice(0, at)}|${text.slice(at)}`, first);
}

test("filters that the query has not yet are offered", () => {
	check("|", ["lang:", "path:", "symbol:", "kind:"], "lang:|");
	check("parse |", ["lang:", "path:", "symbol:", "kind:"], "parse lang:|");
	check("lang:go |", ["path:", "symbol:", "kind:"], "lang:go path:|");
	check("parse pa|", ["path:"], "parse path:|");
});

test("a word that begins no filter stays, and the filter comes behind it", () => {
	check("header|", ["lang:", "path:", "symbol:", "kind:"], "header lang:|");
});

test("values are offered behind lang: and kind:", () => {
	check("kind:|", ["function", "method", "class", "block"], "kind:function |");
	check("lang:ja| x", ["javascript", "java"], "lang:javascript| x");
	check("path:src|", []);
});
