import assert from "node:assert/strict";
import { test } from "node:test";
import { recipes } from "../../../sidecar/recipes/recipes.ts";
import { applyResumeOverrides } from "../../../sidecar/train/recipeChanges.ts";

const base = recipes.get("code-mlm-small")!.recipe;

test("a run that goes on may change what steers the rest of it", () => {
	const changed = applyResumeOverrides(base, [
		"train.learningRate=0.0005",
		'train.budget={"steps":9}',
		"schedule.floor=0.1",
	]);
	assert.deepEqual(
		[changed.train.learningRate, changed.train.budget, changed.schedule.floor],
		[0.0005, { steps: 9 }, 0.1],
	);
});

test("a run that goes on cannot change its data, model, optimizer or seed", () => {
	for (const key of [
		"data.sequenceLength=64",
		"model.layers=2",
		"optimizer.kind=adamw",
		"train.seed=2",
		"train.learningRates=1",
	]) {
		assert.throws(() => applyResumeOverrides(base, [key]), { name: "usage", message: /Start a new run/ }, key);
	}
});
