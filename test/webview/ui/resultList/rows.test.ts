import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { heightOf, offsetsOf, type Row, rowsWithin } from "../../../../webview/ui/resultList/rows.ts";

const heading: Row = { kind: "heading", key: "h", text: "a.ts", aside: "", badge: "1" };

function result(lines: number, reasons: string): Row {
	const code = Array.from({ length: lines }, (_, number) => ({ number, text: "x", terms: [] }));
	const texts = { title: "f", aside: "", reasons, spoken: "f" };
	return { kind: "result", key: "r", icon: "function", language: null, code, ...texts };
}

const someRows = fc.array(
	fc.oneof(
		fc.constant(heading),
		fc.tuple(fc.nat(4), fc.constantFrom("", "why")).map((made) => result(...made)),
	),
	{ maxLength: 200 },
);

test("the rows within a window are those that touch it, and one more at most", () => {
	fc.assert(
		fc.property(someRows, fc.nat(20_000), fc.nat(2000), (rows, top, height) => {
			const offsets = offsetsOf(rows);
			const [first, end] = rowsWithin(offsets, top, top + height);
			const touching = rows.flatMap((row, place) => {
				const start = offsets[place]!;
				return start < top + height && start + heightOf(row) > top ? [place] : [];
			});
			for (const place of touching) assert.ok(first <= place && place < end, `${place} is left out`);
			assert.ok(end - first <= touching.length + 2);
		}),
	);
});

test("rows stand below each other without gaps", () => {
	const offsets = offsetsOf([heading, result(0, ""), result(2, "why")]);
	assert.deepEqual([...offsets], [0, 24, 24 + 29, 24 + 29 + 9 + 20 + 16 + 4 + 34]);
});
