import assert from "node:assert/strict";
import { test } from "node:test";
import { bestHeldOut, bestTrain, differingFields } from "../../../webview/lossCurves/comparison.ts";
import { Curve } from "../../../webview/lossCurves/curve.ts";
import { Smoothing } from "../../../webview/lossCurves/smoothing.ts";
import { heldOutScores, stepEvent } from "../support/sampleRun.ts";

test("only the recipe fields that differ are listed, a missing one as such", () => {
	const recipes = [
		{ "train.learningRate": 0.003, "train.seed": 1, "masking.kind": "token", "model.tied": true },
		{ "train.learningRate": 0.001, "train.seed": 1, "masking.kind": "span", "masking.length": 3, "model.tied": true },
	];
	assert.deepEqual(differingFields(recipes), [
		{ field: "masking.kind", values: ["token", "span"] },
		{ field: "masking.length", values: [null, "3"] },
		{ field: "train.learningRate", values: ["0.003", "0.001"] },
	]);
	assert.deepEqual(differingFields(recipes.slice(0, 1)), []);
});

test("null and a missing field differ", () => {
	assert.equal(differingFields([{ a: null }, {}]).length, 1);
});

test("the best values come with their steps; what is not a number is never best", () => {
	const curve = new Curve();
	[5, 3, Number.NaN, 4].forEach((loss, index) => {
		curve.apply(stepEvent(index + 1, loss));
		if (index > 0) curve.apply({ event: "evaluation", step: index + 1, ...heldOutScores(loss + 1) });
	});
	const smoothing = new Smoothing(0);
	smoothing.follow(curve.metrics.loss);
	assert.deepEqual(bestHeldOut(curve), { value: 4, step: 2 });
	assert.deepEqual(bestTrain(curve, smoothing), { value: 3, step: 2 });
	assert.equal(bestTrain(new Curve(), new Smoothing(0)), undefined);
});
