import assert from "node:assert/strict";
import { test } from "node:test";
import { soundMasks, touchedMask } from "../../../sidecar/protocol/masks.ts";

/** The text of the mask that each caret position touches, `-` for none. */
function touched(text: string, maskToken = "[MASK]"): string[] {
	return Array.from({ length: text.length + 1 }, (_, offset) => {
		const mask = touchedMask(text, offset, maskToken);
		return mask === undefined ? "-" : text.slice(mask.start, mask.end);
	});
}

test("a mask is touched from its start to its end and nowhere else", () => {
	assert.deepEqual(touched("a [MASK] b"), ["-", "-", ...Array(7).fill("[MASK]"), "-", "-"]);
});

test("between two masks the left one is touched", () => {
	const mask = touchedMask("[MASK][MASK*2]", 6, "[MASK]");
	assert.deepEqual(mask, { start: 0, end: 6, pieces: undefined });
});

test("a mask far into a long line has its place in the whole line", () => {
	const text = `${"x".repeat(5000)}[MASK*3]${"y".repeat(5000)}`;
	assert.deepEqual(touchedMask(text, 5004, "[MASK]"), { start: 5000, end: 5008, pieces: 3 });
});

test("a number of pieces that cannot be filled makes no mask", () => {
	assert.deepEqual(soundMasks("[MASK*0] [MASK*33] [MASK*] [MASK*-1] [mask]", "[MASK]"), []);
	assert.deepEqual(
		soundMasks("[MASK*1] [MASK*32]", "[MASK]").map(({ pieces }) => pieces),
		[1, 32],
	);
});

test("the model's own mask token counts beside the plain one, and only when the model has it", () => {
	const text = "<mask> [MASK] <mask*2>";
	assert.deepEqual(
		soundMasks(text, "<mask>").map(({ start, end }) => text.slice(start, end)),
		text.split(" "),
	);
	assert.deepEqual(
		soundMasks(text, "[MASK]").map(({ start }) => start),
		[7],
	);
});
