import assert from "node:assert/strict";
import { test } from "node:test";
import { cautiousWeight } from "../../../../../sidecar/train/tasks/codeSearch/evaluator.ts";

test("the weight is the smallest that is as good as the best for all that is known", () => {
	// One standard error of 0.5 on 10,000 queries is 0.005, on 100 it is 0.05; the weights begin with 0, 0.02, 0.04, 0.06.
	const found = [0.44, 0.47, 0.496, 0.5, 0.45];
	assert.equal(cautiousWeight(found, 10_000), 0.04);
	assert.equal(cautiousWeight(found, 100), 0.02);
	assert.equal(cautiousWeight(found, 1e9), 0.06);
});

test("an encoder that only harms counts nothing", () => {
	assert.equal(cautiousWeight([0.6, 0.5, 0.4], 1000), 0);
});
