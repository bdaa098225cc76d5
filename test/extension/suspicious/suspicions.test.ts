import assert from "node:assert/strict";
import { test } from "node:test";
import { afterEdits, type Suspicion, suspicionsOf } from "../../../extension/suspicious/suspicions.ts";

const on = (line: number): Suspicion => ({ line, column: 4, text: "x", probability: 0.9 });
const lines = (left: readonly Suspicion[]): number[] => left.map(({ line }) => line);

test("a token is marked without the blank before it", () => {
	const text = "let a;\n  b = c;";
	const tokens = [{ start: 12, end: 14, text: " c", line: 2, probability: 0.8 }];
	const report = { tokens, lines: [], threshold: 0.5, judged: 6, model: "m" };
	const [found] = suspicionsOf(report, () => 7);
	assert.deepEqual(found, { line: 1, column: 6, text: "c", probability: 0.8 });
	assert.equal(text.split("\n")[1]!.slice(6, 7), "c");
});

test("an edit clears its lines, and what stands below moves with its line", () => {
	const all = [on(1), on(3), on(5), on(9)];
	assert.deepEqual(lines(afterEdits(all, [{ first: 3, last: 3, text: "y" }])), [1, 5, 9]);
	assert.deepEqual(lines(afterEdits(all, [{ first: 3, last: 3, text: "\n\n" }])), [1, 7, 11]);
	assert.deepEqual(lines(afterEdits(all, [{ first: 2, last: 5, text: "" }])), [1, 6]);
	const both = [
		{ first: 1, last: 1, text: "\n" },
		{ first: 6, last: 8, text: "" },
	];
	assert.deepEqual(lines(afterEdits(all, both)), [4, 6, 8]);
	assert.deepEqual(lines(afterEdits(all, [...both].reverse())), [4, 6, 8]);
});
