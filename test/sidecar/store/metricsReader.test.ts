import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openMetrics } from "../../../sidecar/store/metrics.ts";
import { createMetricsReader, metricsBackwards } from "../../../sidecar/store/metricsReader.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const step = (number: number) => ({ event: "step", step: number, loss: 1 / number, word: "größer" });

test("100,000 lines are read page by page and from any line, each with its place", async (context) => {
	const run = temporaryFolder(context);
	const lines = Array.from({ length: 100_000 }, (_, index) => JSON.stringify(step(index + 1)));
	writeFileSync(join(run, "metrics.jsonl"), `${lines.join("\n")}\n`);
	const reader = createMetricsReader(run);
	const read: string[] = [];
	for (let from = 0, more = true; more; ) {
		const page = await reader.read(from, 7_777);
		for (const { line, event } of page.lines) {
			assert.equal(line, read.length);
			read.push(JSON.stringify(event));
		}
		({ next: from, more } = page);
	}
	assert.deepEqual(read, lines);
	for (const from of [99_999, 41_234, 1_000, 999, 0]) {
		const page = await reader.read(from, 1);
		assert.deepEqual(page, {
			lines: [{ line: from, event: JSON.parse(lines[from]!) }],
			next: from + 1,
			more: from < 99_999,
		});
	}
	assert.deepEqual(await reader.read(200_000, 5), { lines: [], next: 100_000, more: false });
});

test("other work goes on while metrics are read", async (context) => {
	const run = temporaryFolder(context);
	const lines = Array.from({ length: 20_000 }, (_, index) => JSON.stringify(step(index + 1)));
	writeFileSync(join(run, "metrics.jsonl"), `${lines.join("\n")}\n`);
	let turns = 0;
	const ticking = setInterval(() => turns++, 0);
	for await (const event of metricsBackwards(run)) assert.ok(event);
	ticking.unref();
	clearInterval(ticking);
	assert.ok(turns >= 2, `${turns} turns`);
});

test("events come backwards from the newest, a torn last line left out", async (context) => {
	const run = temporaryFolder(context);
	const lines = Array.from({ length: 3_000 }, (_, index) => JSON.stringify(step(index + 1)));
	writeFileSync(join(run, "metrics.jsonl"), `${lines.join("\n")}\nnot json\n{"event":"st`);
	const back: string[] = [];
	for await (const event of metricsBackwards(run)) back.push(JSON.stringify(event));
	assert.deepEqual(back, lines.reverse());
});

test("a file that grows gives its new lines, one that was replaced begins again", async (context) => {
	const run = temporaryFolder(context);
	const reader = createMetricsReader(run);
	assert.deepEqual(await reader.read(0, 10), { lines: [], next: 0, more: false });
	const log = openMetrics(run);
	for (let number = 1; number <= 2_500; number++) log.append(step(number));
	assert.equal((await reader.read(0, 5_000)).next, 2_500);
	log.append(step(2_501));
	assert.deepEqual(
		(await reader.read(2_500, 10)).lines.map(({ event }) => event.step),
		[2_501],
	);
	log.close();
	const file = join(run, "metrics.jsonl");
	appendFileSync(file, '{"event":"to');
	assert.equal((await reader.read(2_501, 10)).next, 2_501);
	const again = openMetrics(run, { afterStep: 1_200 });
	assert.equal(again.append({ event: "run" }), 1_200);
	again.close();
	assert.equal(reader.replaced, 0);
	const page = await reader.read(1_199, 10);
	assert.deepEqual(
		[page.lines.map(({ line, event }) => `${line} ${event.event}`), page.next, reader.replaced],
		[["1199 step", "1200 run"], 1_201, 1],
	);
	assert.equal(readFileSync(file, "utf8").split("\n").length, 1_202);
});
