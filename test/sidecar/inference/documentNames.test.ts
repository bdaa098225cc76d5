import assert from "node:assert/strict";
import { test } from "node:test";
import { documentNames } from "../../../sidecar/inference/documentNames.ts";

/** The names that a text with a `|` where the mask is shows in scope. */
function inScope(text: string): string[] {
	const [before, after] = text.split("|") as [string, string];
	return [...documentNames(before, after)].filter(([, use]) => use.inScope).map(([name]) => name);
}

test("a word is counted with its distance and with the neighbours it shares with the mask", () => {
	const names = documentNames("self.size = 1\nother.size = 2\nprint(self.", " = size)");
	assert.deepEqual(names.get("size"), {
		count: 3,
		near: 3,
		distance: 2,
		samePrevious: 2,
		sameNext: 2,
		sameBoth: 2,
		samePreviousTwo: 1,
		inScope: true,
	});
	assert.equal(names.get("print")!.samePrevious, 0);
	assert.deepEqual([...names.keys()], ["self", "size", "other", "print"]);
});

test("numbers, punctuation and other masks are no names", () => {
	assert.deepEqual([...documentNames("1 + 0x1f \uFFFC (é_1)", "\uFFFC 名前").keys()], ["é_1", "名前"]);
});

test("names of enclosing blocks and of earlier lines of the block are in scope, those of closed blocks are not", () => {
	const text = [
		"def helper(inner):",
		"    hidden = inner",
		"def outer(argument):",
		"    first = argument",
		"    if first:",
		"        closed = 1",
		"    return |",
		"    later = 2",
	].join("\n");
	assert.deepEqual(inScope(text), ["def", "helper", "inner", "outer", "argument", "first", "if", "return"]);
	assert.deepEqual(inScope("a\n  b\n  |"), ["a", "b"]);
	assert.deepEqual(inScope("a\n\n\tb\n|"), ["a"]);
	assert.deepEqual(inScope("|x"), []);
});

test("a long text is looked at near the mask alone", () => {
	const names = documentNames(`early ${"a b ".repeat(40_000)}`, `${"c d ".repeat(40_000)} late`);
	assert.deepEqual([...names.keys()].sort(), ["a", "b", "c", "d"]);
	assert.equal(names.get("b")!.distance, 1);
	assert.equal(names.get("a")!.near, 24);
});
