import assert from "node:assert/strict";
import { test } from "node:test";
import { RestartPolicy } from "../../../extension/sidecar/restartPolicy.ts";

/** The waits after deaths at these seconds. */
function waits(...seconds: number[]): (number | undefined)[] {
	const policy = new RestartPolicy();
	return seconds.map((second) => policy.died(second * 1000));
}

test("the waits grow from one to eight seconds, and the fifth death in three minutes is the last", () => {
	assert.deepEqual(waits(0, 2, 5, 10, 20), [1000, 2000, 4000, 8000, undefined]);
});

test("deaths that lie three minutes back are forgotten", () => {
	assert.deepEqual(waits(0, 60, 120, 179, 180), [1000, 2000, 4000, 8000, 8000]);
	assert.deepEqual(waits(0, 1, 2, 3, 200), [1000, 2000, 4000, 8000, 1000]);
});

test("a start by the user begins anew", () => {
	const policy = new RestartPolicy();
	for (let death = 0; death < 5; death++) policy.died(death);
	policy.reset();
	assert.equal(policy.died(6), 1000);
});
