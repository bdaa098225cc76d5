import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isError } from "../../../sidecar/base/errors.ts";
import { findMasks } from "../../../sidecar/inference/maskedText.ts";
import { maximumMaskPieces } from "../../../sidecar/protocol/masks.ts";

/** The masks of a text as their own text and the number asked for. */
function check(text: string, expected: [start: number, mask: string, pieces?: number][], maskToken = "<mask>"): void {
	const masks = findMasks(text, maskToken);
	assert.deepEqual(
		masks.map(({ start, end, pieces }) => [start, text.slice(start, end), pieces]),
		expected.map(([start, mask, pieces]) => [start, mask, pieces]),
	);
}

test("masks are found at their UTF-16 positions in the text as given", () => {
	check("[MASK]", [[0, "[MASK]"]]);
	check("\uFEFF[MASK]", [[1, "[MASK]"]]);
	check("a\r\nb [MASK]\r\n", [[5, "[MASK]"]]);
	check("😀𝒳 = [MASK]", [[7, "[MASK]"]]);
	check("foo[MASK]bar", [[3, "[MASK]"]]);
	check("x = [MASK]", [[4, "[MASK]"]]);
	check("[MASK][MASK*2]", [
		[0, "[MASK]"],
		[6, "[MASK*2]", 2],
	]);
});

test("the tokenizer's own mask is a mask too, with a number or without", () => {
	check("a <mask> b <mask*3>", [
		[2, "<mask>"],
		[11, "<mask*3>", 3],
	]);
	check(
		"[MASK] [MASK*3]",
		[
			[0, "[MASK]"],
			[7, "[MASK*3]", 3],
		],
		"[MASK]",
	);
	check(
		"a.+ [M] a.+",
		[
			[0, "a.+"],
			[8, "a.+"],
		],
		"a.+",
	);
});

test("what only looks like a mask is text", () => {
	for (const text of ["", "[mask]", "[MASK", "[MASK*]", "[MASK*x]", "[MASK *3]", "[MASK*-1]", "MASK"]) {
		assert.throws(
			() => findMasks(text, "<mask>"),
			(error) => {
				assert(isError(error, "noMask"));
				assert.match(error.message, /\[MASK\].*<mask>.*\[MASK\*3\]/);
				return true;
			},
		);
	}
	check("[[MASK]]", [[1, "[MASK]"]]);
});

test("a number of pieces from 1 to the maximum is taken, and no other", () => {
	check(`[MASK*${maximumMaskPieces}]`, [[0, `[MASK*${maximumMaskPieces}]`, maximumMaskPieces]]);
	for (const count of ["0", String(maximumMaskPieces + 1), "9".repeat(400)]) {
		assert.throws(
			() => findMasks(`[MASK*${count}]`, "<mask>"),
			(error) => isError(error, "usage"),
		);
	}
});

test("whatever stands between masks, each is found where it was put", () => {
	const between = fc.string({ unit: "binary" }).filter((text) => !/[[\]<>*]|MASK/.test(text));
	fc.assert(
		fc.property(fc.array(between, { minLength: 2, maxLength: 5 }), (texts) => {
			const masks = findMasks(texts.join("[MASK*4]"), "<mask>");
			let at = 0;
			assert.deepEqual(
				masks,
				texts.slice(0, -1).map((text, index) => {
					at += text.length + (index > 0 ? 8 : 0);
					return { start: at, end: at + 8, pieces: 4 };
				}),
			);
		}),
	);
});
