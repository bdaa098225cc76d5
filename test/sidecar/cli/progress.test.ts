import assert from "node:assert/strict";
import { test } from "node:test";
import { trainingProgress } from "../../../sidecar/cli/progress.ts";
import { openTerminal } from "../../../sidecar/cli/terminal.ts";
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import { catching } from "../../support/callCli.ts";

const step = (number: number): TrainingEvent => ({
	event: "step",
	step: number,
	loss: 2.5,
	learningRate: 0.001,
	gradientNorm: 1,
	tokens: 2048 * number,
	tokensPerSecond: 9876.5,
	secondsLeft: 125,
});

test("on a terminal the bar never wraps, whatever its width", () => {
	for (const columns of [20, 40, 60, 80, 200]) {
		const output = catching(columns);
		const { onEvent: tell } = trainingProgress(openTerminal(output, catching(), { NO_COLOR: "1" }));
		tell(step(1_000_000));
		const drawn = output.text().replace("\r\x1b[2K", "");
		assert.ok(columns < 42 || [...drawn].length < columns, `${[...drawn].length} of ${columns}: ${drawn}`);
	}
});

test("the bar tells step, loss, speed and time left", () => {
	const output = catching(120);
	trainingProgress(openTerminal(output, catching(), { NO_COLOR: "1" })).onEvent(step(7));
	assert.match(output.text(), /░{20} step 7 · loss 2\.500 · 9,877 tokens\/s · 2 min 5 s left$/);
});

test("elsewhere a run of a thousand steps at once prints one line, and every other event its own", () => {
	const output = catching();
	const { onEvent: tell } = trainingProgress(openTerminal(output, catching(), {}));
	for (let number = 1; number <= 1000; number++) tell(step(number));
	const corpus = { files: 12, heldOutFiles: 1, tokens: 3456, wasted: 0.5, vocabulary: { size: 700, asked: 8192 } };
	tell({ event: "corpus", ...corpus });
	tell({ event: "outOfMemory", microBatch: 4 });
	tell({ event: "diverged", step: 9, tensor: "a\x1b[0m", kind: "nan" });
	assert.equal(
		output.text(),
		[
			"step 1 · loss 2.500 · 9,877 tokens/s · 2 min 5 s left",
			"  12 files (1 held out), 3,456 tokens; 50.0% of the packed rows is padding",
			"  a vocabulary of 700 tokens, all that they support; the recipe asks for 8,192",
			"  out of memory: going on with 4 rows at a time, same batch",
			"  diverged at step 9: nan in a\\x1b[0m",
			"",
		].join("\n"),
	);
});
