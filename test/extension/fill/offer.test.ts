import assert from "node:assert/strict";
import { test } from "node:test";
import { fillsAfter, type Offer, typedBehind } from "../../../extension/fill/offer.ts";

/** The offer for the only mask of `text`. */
function offer(text: string, fills: readonly string[] = []): Offer {
	const start = text.indexOf("[MASK]");
	return { uri: "file:///a", text, mask: "[MASK]", start, place: { line: 0, character: start }, fills };
}

/** What was typed, with the caret at `|` of `now`. */
function typed(before: string, now: string): string | undefined {
	return typedBehind(offer(before), now.replace("|", ""), now.indexOf("|"));
}

test("an offer stands while the caret is anywhere at the mask of the same text", () => {
	for (const now of ["a |[MASK] b", "a [MA|SK] b", "a [MASK]| b"]) assert.equal(typed("a [MASK] b", now), "", now);
});

test("an offer goes on behind letters that are typed after the mask", () => {
	assert.equal(typed("a [MASK] b", "a [MASK]N| b"), "N");
	assert.equal(typed("a [MASK] b", "a [MASK]New| b"), "New");
	assert.equal(typed("a [MASK]b", "a [MASK]b|b"), "b");
});

test("an offer is void as soon as anything else differs", () => {
	const moved = ["a| [MASK] b", "a [MASK] |b"]; // the second would pass if moving right were typing
	const edited = ["x [MASK]| b", "a [MASK]N| c", "a [MASK]N|", "a [MASK](|) b", "a [MASK]\n| b", "x [MASK]N| b"];
	for (const now of [...moved, ...edited]) assert.equal(typed("a [MASK] b", now), undefined, now);
});

test("only fills that go on from what was typed are left", () => {
	const cities = offer("[MASK]", ["Paris", "New York", "New", "Perth"]);
	assert.deepEqual(fillsAfter(cities, ""), ["Paris", "New York", "New", "Perth"]);
	assert.deepEqual(fillsAfter(cities, "New"), ["New York"]);
	assert.deepEqual(fillsAfter(cities, "P"), ["Paris", "Perth"]);
	assert.deepEqual(fillsAfter(cities, "p"), []);
});
