import assert from "node:assert/strict";
import { test } from "node:test";
import { modelContext, modelDescription, modelTooltip } from "../../../extension/views/modelTexts.ts";
import { runContext, runDescription, runSpoken, runTooltip } from "../../../extension/views/runTexts.ts";
import type { ModelDescriptions } from "../../../sidecar/protocol/outputs.ts";
import type { HeldOut } from "../../../sidecar/protocol/scores.ts";
import { english } from "../../support/englishTexts.ts";
import { runStatus } from "../../support/runStatus.ts";

const heldOut: HeldOut = {
	loss: 3.1,
	top1: 0.467,
	top5: 0.6,
	identifierTop1: 0.3,
	identifierTop5: null,
	pseudoPerplexity: 22,
	tokens: 900,
	wordTop1: 0.4,
	wordTop5: 0.5,
	baselines: { unigramTop1: 0.1, bigramTop1: 0.2, cacheTop1: 0.3, cacheTop5: 0.35, cacheWordTop1: null },
};

const model: ModelDescriptions[number] = {
	name: "brave-heron",
	path: "/models/brave-heron",
	architecture: "modernbert",
	parameters: 2_400_000,
	bytes: 9_800_000,
	boxed: false,
	roles: ["completion"],
	scores: heldOut,
};

test("a run's row tells its state and numbers", () => {
	const done = runStatus({ state: "done", heldOut });
	assert.deepEqual(
		[
			runStatus(),
			runStatus({ state: "paused", secondsLeft: null }),
			done,
			runStatus({ state: "preparing", step: 0, stage: "tokenizer" }),
			runStatus({ state: "interrupted" }),
			runStatus({ state: "interrupted", message: "The run goes on in 4 s." }),
		].map((run) => runDescription(run, english)),
		[
			"training · 42% · 3 min left · step 512 · loss 4.24",
			"paused · 42% · step 512 · loss 4.24",
			"done · top-1 46.7%",
			"learning the vocabulary",
			"interrupted · step 512 · loss 4.24",
			"starting again · step 512 · loss 4.24",
		],
	);
	assert.equal(runSpoken(done, english), "Run quiet-otter, done, top-1 46.7%");
});

test("a run's tooltip has its scores beside those of counts, and says when a terminal trains it", () => {
	const tooltip = runTooltip(runStatus({ heldOut, own: false, message: "It is *slow*." }), english);
	assert.ok(tooltip.includes("| First guess right | 46.7% | 30.0% |"));
	assert.ok(tooltip.includes("A terminal trains it"));
	assert.ok(tooltip.includes("It is \\*slow\\*\\."));
	assert.ok(!runTooltip(runStatus(), english).includes("held\\-out"));
});

test("menus test the words of a context value", () => {
	assert.equal(runContext(runStatus()), "run canPause canStop canDiscard hasCurves");
	assert.equal(modelContext(model, true), "model canDelete");
	assert.equal(modelContext({ ...model, boxed: true }, false), "model canUse");
});

test("a model's row tells whether it is in use, its score and size", () => {
	assert.equal(modelDescription(model, true, english), "in use · top-1 46.7% · 9.8 MB");
	assert.equal(modelDescription({ ...model, scores: null }, false, english), "9.8 MB");
});

test("scores of another version that lack something read as not measured", () => {
	const tooltip = modelTooltip({ ...model, scores: { top1: 0.5 } }, false, english);
	assert.ok(tooltip.includes("| First guess right | 50.0% | – |"));
});
