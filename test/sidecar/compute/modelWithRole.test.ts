import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { classifyingModel, detectingModel } from "../../../sidecar/compute/modelWithRole.ts";
import type { ModelRole } from "../../../sidecar/protocol/outputs.ts";
import { homeLayout, modelFiles } from "../../../sidecar/store/layout.ts";
import { saveModel } from "../../../sidecar/store/modelFolder.ts";
import { modelInUse, useModel, useNewModel } from "../../../sidecar/store/modelInUse.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

/** A model as a run of any recipe leaves it; `age` in seconds. */
function writeModel(home: string, name: string, { roles, age }: { roles: readonly ModelRole[]; age: number }): string {
	const folder = join(homeLayout(home).models, name);
	saveModel(folder, {
		config: { model_type: "modernbert" },
		tensors: new Map([["weights", { data: Float32Array.of(1), shape: [1] }]]),
		tokenizer: {},
		about: { roles, scores: null, recipe: "one-of-my-own" },
	});
	const time = Date.now() / 1000 - age;
	utimesSync(join(folder, modelFiles.weights), time, time);
	return folder;
}

const classifies = ["completion", "classification"] as const;

test("the newest model that was trained on labels classifies, whatever its recipe is called, unless the one in use was too", (context) => {
	const home = temporaryFolder(context);
	assert.throws(() => classifyingModel(undefined, { home }), /Train a Classifier on This File/);
	const fills = writeModel(home, "fills", { roles: ["completion"], age: 0 });
	useModel(fills, { home });
	assert.equal(classifyingModel(undefined, { home }), fills);
	const old = writeModel(home, "old", { roles: classifies, age: 90 });
	const newer = writeModel(home, "newer", { roles: classifies, age: 30 });
	assert.equal(classifyingModel(undefined, { home }), newer);
	assert.equal(classifyingModel("fills", { home }), fills);
	useModel(old, { home });
	assert.equal(classifyingModel(undefined, { home }), old);
});

test("a model that was trained on labels does not take the place of the one that fills masks", (context) => {
	const home = temporaryFolder(context);
	const fills = writeModel(home, "fills", { roles: ["completion"], age: 0 });
	useNewModel(fills, { home });
	useNewModel(writeModel(home, "labels", { roles: classifies, age: 0 }), { home });
	assert.equal(modelInUse({ home }), fills);
	assert.throws(() => detectingModel(undefined, { home }), /No model here has a detector/);
	const detects = writeModel(home, "detects", { roles: ["detection"], age: 0 });
	assert.equal(detectingModel(undefined, { home }), detects);
});
