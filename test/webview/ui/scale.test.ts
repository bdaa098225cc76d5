import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatBytes, formatNumber, formatSeconds, formatShort } from "../../../webview/ui/format.ts";
import { linearTicks, logTicks, timeSteps } from "../../../webview/ui/scale.ts";

test("ticks lie within the ends at even distances, and are no more than allowed", () => {
	const from = fc.double({ min: -1e6, max: 1e6, noNaN: true });
	const span = fc.double({ min: 1e-3, max: 1e7, noNaN: true });
	fc.assert(
		fc.property(from, span, fc.integer({ min: 2, max: 12 }), (low, width, most) => {
			const ticks = linearTicks(low, low + width, { most });
			assert.ok(ticks.length <= most + 1, `${ticks.length} of ${most}`);
			const room = width * 1e-6;
			assert.ok(ticks.every((tick) => tick >= low - room && tick <= low + width + room));
		}),
	);
	assert.deepEqual(linearTicks(0, 10, { most: 6 }), [0, 2, 4, 6, 8, 10]);
	assert.deepEqual(linearTicks(0, 300, { most: 6, steps: timeSteps }), [0, 60, 120, 180, 240, 300]);
});

test("a logarithmic axis has the powers of ten, and more where they are few", () => {
	assert.deepEqual(logTicks(0.02, 200), [0.1, 1, 10, 100]);
	assert.deepEqual(logTicks(1.5, 9), [2, 5]);
});

test("numbers, bytes and times read as a person writes them", () => {
	assert.deepEqual(
		[2.34567, 12345.678, 0.00001234, 0, Number.NaN].map((value) => formatNumber(value)),
		["2.346", "12,350", "1.23e-5", "0", "–"],
	);
	assert.deepEqual([999, 1500, 2_500_000, 3e9].map(formatShort), ["999", "1.5k", "2.5M", "3G"]);
	assert.deepEqual([450_000_000, 1_250_000_000, Number.NaN].map(formatBytes), ["450 MB", "1.25 GB", "–"]);
	assert.deepEqual([0.25, 42, 125, 3600, 3780, 90000].map(formatSeconds), [
		"0.25 s",
		"42 s",
		"2 min 5 s",
		"1 h",
		"1 h 3 min",
		"1 d 1 h",
	]);
});
