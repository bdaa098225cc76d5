import assert from "node:assert/strict";
import { test } from "node:test";
import { curvesCsv } from "../../../webview/lossCurves/csv.ts";
import { Curve } from "../../../webview/lossCurves/curve.ts";
import { lossAt, sampleRun } from "../support/sampleRun.ts";

/** A plain reader of RFC 4180. */
function readCsv(text: string): string[][] {
	const cell = /(?:"((?:[^"]|"")*)"|([^,]*)),/g;
	const lines = text.split("\r\n").slice(0, -1);
	return lines.map((line) =>
		[...`${line},`.matchAll(cell)].map(([, quoted, plain]) => (quoted ?? plain ?? "").replaceAll('""', '"')),
	);
}

function curve(steps: number): Curve {
	const made = new Curve();
	for (const event of sampleRun("/runs/a", steps, { every: 5 })) made.apply(event);
	return made;
}

test("the CSV has every step of every run at full precision, and the held-out loss beside its step", () => {
	const [head, ...rows] = readCsv(
		curvesCsv([
			{ name: "a", curve: curve(10) },
			{ name: 'b, "fast"', curve: curve(5) },
		]),
	);
	assert.equal(rows.length, 15);
	assert.ok(rows.every((row) => row.length === head?.length));
	const at = (row: number, name: string) => rows[row]?.[head?.indexOf(name) ?? -1];
	assert.equal(Number(at(6, "train_loss")), lossAt(7));
	assert.equal(at(6, "held_out_loss"), "");
	assert.equal(Number(at(9, "held_out_loss")), 2.4 + 7 * Math.exp(-10 / 400));
	assert.deepEqual([at(14, "run"), at(14, "step")], ['b, "fast"', "5"]);
});

test("a name that a spreadsheet would compute is made plain text", () => {
	const rows = readCsv(curvesCsv([{ name: "=HYPERLINK(1)", curve: curve(1) }]));
	assert.equal(rows[1]?.[0], "'=HYPERLINK(1)");
});
