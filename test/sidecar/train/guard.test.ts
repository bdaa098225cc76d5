import assert from "node:assert/strict";
import { test } from "node:test";
import { planBatches } from "../../../sidecar/train/batches.ts";
import { progress, secondsLeft } from "../../../sidecar/train/budget.ts";
import { createLossGuard } from "../../../sidecar/train/guard.ts";

test("the guard lets an ordinary run pass and stops NaN, infinities and tenfold jumps", () => {
	const guard = createLossGuard();
	for (let step = 0; step < 100; step++) assert.equal(guard.judge(9 - step * 0.05 + Math.sin(step), 1), "ok");
	assert.deepEqual(
		[guard.judge(Number.NaN, 1), guard.judge(1, Number.POSITIVE_INFINITY), guard.judge(80, 1), guard.judge(12, 1)],
		["notFinite", "notFinite", "jump", "ok"],
	);
});

test("a batch of sixteen answers with one certain error is no jump of a run that makes none; with four it is", () => {
	const guard = createLossGuard();
	for (let step = 0; step < 500; step++) guard.judge(0.01, 1);
	const certain = -Math.log(1e-5); // nats
	assert.equal(guard.judge(certain / 16, 1), "ok");
	assert.equal(guard.judge((4 * certain) / 16, 1), "jump");
});

test("a refused step leaves no trace, and the state of a checkpoint goes on as before", () => {
	const guard = createLossGuard();
	for (let step = 0; step < 30; step++) guard.judge(5, 1);
	const before = { ...guard.state };
	guard.judge(500, 1);
	assert.deepEqual(guard.state, before);
	assert.equal(createLossGuard(before).judge(51, 1), "jump");
});

test("progress and time left follow the budget's own unit", () => {
	const spent = { steps: 10, tokens: 20_480, seconds: 30 };
	assert.equal(progress({ steps: 40 }, spent), 0.25);
	assert.equal(progress({ tokens: 40_960 }, spent), 0.5);
	assert.equal(progress({ minutes: 1 }, spent), 0.5);
	assert.equal(progress({ steps: 5 }, spent), 1);
	const rate = { tokensPerSecond: 2048, batchTokens: 2048 };
	assert.equal(secondsLeft({ steps: 40 }, spent, rate), 30);
	assert.equal(secondsLeft({ tokens: 40_960 }, spent, rate), 10);
	assert.equal(secondsLeft({ minutes: 1 }, spent, rate), 30);
});

test("an epoch visits every row once, in another order than the epoch before", () => {
	const plan = planBatches(10, 4, 7);
	const visited: [epoch: number, row: number][] = [];
	for (let step = 0; step < 5; step++) {
		const { rows, epochs } = plan.at(step);
		rows.forEach((row, i) => {
			visited.push([epochs[i]!, row]);
		});
	}
	const rowsOf = (epoch: number): number[] => visited.filter(([at]) => at === epoch).map(([, row]) => row);
	assert.deepEqual(
		rowsOf(0).toSorted((a, b) => a - b),
		[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
	);
	assert.deepEqual(
		rowsOf(1).toSorted((a, b) => a - b),
		[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
	);
	assert.notDeepEqual(rowsOf(0), rowsOf(1));
	assert.deepEqual(planBatches(10, 4, 7).at(3), plan.at(3));
});
