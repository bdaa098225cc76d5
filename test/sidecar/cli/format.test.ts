import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, count, decimal, duration, percent, table } from "../../../sidecar/cli/format.ts";

test("counts, sizes, times and shares read as a person writes them", () => {
	assert.deepEqual([0, 999, 1000, 1234567.4].map(count), ["0", "999", "1,000", "1,234,567"]);
	assert.deepEqual([0, 999, 1500, 12_340_000, 3e12, 5e16].map(bytes), [
		"0 bytes",
		"999 bytes",
		"1.5 kB",
		"12 MB",
		"3.0 TB",
		"50000 TB",
	]);
	assert.deepEqual([0, 59.4, 60, 200, 3599.6, 7500].map(duration), [
		"0 s",
		"59 s",
		"1 min",
		"3 min 20 s",
		"1 h",
		"2 h 5 min",
	]);
	assert.deepEqual([0, 0.4749, 1, null].map(percent), ["0.0%", "47.5%", "100.0%", "–"]);
	assert.deepEqual([decimal(1.005, 1), decimal(null, 3)], ["1.0", "–"]);
});

test("a table aligns its columns, numbers to the right, colours not counted", () => {
	assert.deepEqual(
		table(
			["name", ">n"],
			[
				["a", "1"],
				["\u001b[31mlong\u001b[39m name", "1,000"],
			],
		),
		["name           n", "a              1", "\u001b[31mlong\u001b[39m name  1,000"],
	);
	assert.deepEqual(table(["x", "y"], []), ["x  y"]);
});
