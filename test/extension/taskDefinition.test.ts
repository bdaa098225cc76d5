import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { describeTask, taskRequest } from "../../extension/taskDefinition.ts";
import { requests } from "../../sidecar/protocol/methods.ts";
import { english } from "../support/englishTexts.ts";

test("a task without anything trains on its folder", () => {
	assert.deepEqual(taskRequest({}, "/shop", "small"), { corpus: "/shop", recipe: "small" });
	assert.equal(describeTask({}, english), "train");
});

test("paths count from the task's folder, names stay names", () => {
	const request = taskRequest({ corpus: "src", recipe: "code-mlm-small", from: "brave-heron" }, "/shop", "small");
	assert.deepEqual(request, { corpus: join("/shop", "src"), recipe: "code-mlm-small", from: "brave-heron" });
	assert.equal(taskRequest({ recipe: "tiny.json" }, "/shop", "small").recipe, join("/shop", "tiny.json"));
	assert.equal(taskRequest({ corpus: "/elsewhere" }, "/shop", "small").corpus, "/elsewhere");
});

test("what a task can say is what a run can be asked", () => {
	const request = taskRequest(
		{ recipe: "r", budget: { steps: 5 }, device: "cpu", threads: 2, seed: 7, set: ["model.layers=4"], from: "m" },
		"/shop",
		"small",
	);
	assert.deepEqual(requests.startRun.params.parse(request), request);
	assert.equal(describeTask({ recipe: "r", budget: { steps: 5 } }, english), "train r 5 steps");
});
