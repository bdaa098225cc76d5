import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openMetrics, readMetrics } from "../../../sidecar/store/metrics.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const step = (number: number) => ({ event: "step", step: number, loss: 1 / 3 });

test("lines come back as they were appended, at full precision", (context) => {
	const run = temporaryFolder(context);
	const log = openMetrics(run);
	log.append({ event: "run" });
	log.append(step(1));
	log.close();
	assert.deepEqual(readMetrics(run), [{ event: "run" }, step(1)]);
});

test("a torn last line is left out, and cut off before more is written", (context) => {
	const run = temporaryFolder(context);
	const file = join(run, "metrics.jsonl");
	writeFileSync(file, `${JSON.stringify(step(1))}\n{"event":"st`);
	assert.deepEqual(readMetrics(run), [step(1)]);
	const log = openMetrics(run);
	log.append(step(2));
	log.close();
	assert.deepEqual(readMetrics(run), [step(1), step(2)]);
	assert.equal(readFileSync(file, "utf8").split("\n").length, 3);
});

test("going on from a checkpoint cuts off what was said since, so that each step stands once", (context) => {
	const run = temporaryFolder(context);
	const first = openMetrics(run);
	const told = [
		{ event: "run" },
		step(1),
		step(2),
		{ event: "evaluation", step: 2 },
		step(3),
		{ event: "outOfMemory" },
	];
	for (const line of told) first.append(line);
	first.close();
	const second = openMetrics(run, { afterStep: 2 });
	assert.equal(second.append({ event: "run" }), 4);
	assert.equal(second.append(step(3)), 5);
	second.close();
	assert.deepEqual(
		readMetrics(run).map((line) => `${line.event} ${line.step ?? ""}`),
		["run ", "step 1", "step 2", "evaluation 2", "run ", "step 3"],
	);
});

test("a run without metrics has none, and lines that are no events are passed over", (context) => {
	const run = temporaryFolder(context);
	assert.deepEqual(readMetrics(run), []);
	appendFileSync(join(run, "metrics.jsonl"), `null\n3\n{"x":1}\nnot json\n{"event":"run"}\n`);
	assert.deepEqual(readMetrics(run), [{ event: "run" }]);
});
