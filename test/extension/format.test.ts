import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, formatCount, formatDuration, formatShare, plainMarkdown } from "../../extension/format.ts";

test("durations are as precise as a glance needs", () => {
	const cases = [0, 40, 59.4, 60, 184, 3600, 3900, 86_400];
	assert.deepEqual(cases.map(formatDuration), ["1 s", "40 s", "59 s", "1 min", "3 min", "1 h", "1 h 5 min", "24 h"]);
});

test("bytes and counts have decimal units", () => {
	const bytes = [0, 999, 3400, 512_000_000, 999_999];
	assert.deepEqual(
		bytes.map((value) => formatBytes(value)),
		["0 B", "999 B", "3.4 kB", "512 MB", "1 MB"],
	);
	const counts = [870, 12_400, 3_100_000];
	assert.deepEqual(
		counts.map((value) => formatCount(value)),
		["870", "12.4 k", "3.1 M"],
	);
});

test("a share that cannot be measured is a dash", () => {
	assert.deepEqual([0.4671, null].map(formatShare), ["46.7%", "–"]);
});

test("a file's name is no Markdown", () => {
	assert.equal(plainMarkdown("[a](command:x)|`b`\n<i>$(c)"), "\\[a\\]\\(command:x\\)\\|\\`b\\` \\<i\\>\\$\\(c\\)");
});
