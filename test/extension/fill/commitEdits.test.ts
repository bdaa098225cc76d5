import assert from "node:assert/strict";
import { test } from "node:test";
import { masksToDelete } from "../../../extension/fill/commitEdits.ts";

/** The text without the masks that are deleted. `|` are carets and `^` is where the mask was offered. */
function commit(marked: string, fill: string, mask = "[MASK]"): string {
	const carets: number[] = [];
	let start = -1;
	let text = "";
	for (const character of marked) {
		if (character === "|") carets.push(text.length);
		else if (character === "^") start = text.length;
		else text += character;
	}
	const spans = masksToDelete(text, { mask, fill, start }, carets);
	return spans.reverse().reduce((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
}

test("the mask before the fill goes and nothing else", () => {
	assert.equal(commit("\ta = ^[MASK]Paris| today\r\n", "Paris"), "\ta = Paris today\r\n");
	assert.equal(commit("^[MASK]Paris|", "Paris"), "Paris");
	assert.equal(commit("^[MASK*3]a.b|(c)", "a.b", "[MASK*3]"), "a.b(c)");
});

test("what the user types behind the fill meanwhile stays", () => {
	assert.equal(commit("a ^[MASK]Paris, and| b", "Paris"), "a Paris, and b");
});

test("with several carets each mask that has the fill behind it goes, on one line too", () => {
	assert.equal(commit("^[MASK]x| [MASK]x| [MASK]\n[MASK]x|", "x"), "x x [MASK]\nx");
	assert.equal(commit("^[MASK]xy| [MASK]xy|", "x"), "xy xy");
});

test("a mask without the fill behind it stays", () => {
	assert.equal(commit("^[MASK] Paris|", "Paris"), "[MASK] Paris");
	assert.equal(
		commit("[MASK]Paris, which lies on the Seine ^and|", "Paris"),
		"[MASK]Paris, which lies on the Seine and",
	);
	assert.equal(commit("^[MASK*3]Paris|", "Paris"), "[MASK*3]Paris");
	assert.equal(commit("^a|b", "a very long fill"), "ab");
});

test("a fill of several lines is found as the document breaks its lines", () => {
	assert.equal(commit("^[MASK]a\r\nb|\r\n", "a\nb"), "a\r\nb\r\n");
});
