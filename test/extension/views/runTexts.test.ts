import assert from "node:assert/strict";
import { test } from "node:test";
import { modelContext, modelDescription, modelTooltip } from "../../../extension/views/modelTexts.ts";
import { outcomeText, runContext, runDescription, runSpoken, runTooltip } from "../../../extension/views/runTexts.ts";
import type { ModelDescriptions } from "../../../sidecar/protocol/outputs.ts";
import type { HeldOut } from "../../../sidecar/protocol/scores.ts";
import { english } from "../../support/englishTexts.ts";
import { runStatus } from "../../support/runStatus.ts";

const heldOut = {
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
} satisfies HeldOut;

const rank = (mrr: number) => ({ mrr, recall1: 0.1, recall5: 0.2, recall10: 0.3 });
const ranks = { queries: 90, pool: 400, weight: 0.4, bm25: rank(0.5), encoder: rank(0.6), hybrid: rank(0.7) };
const forSearch = {
	...heldOut,
	search: {
		asIs: ranks,
		nameless: { ...ranks, hybrid: null },
		fusionWeight: 0.4,
		before: { encoder: rank(0.1), hybrid: rank(0.55) },
	},
} satisfies HeldOut;

const model: ModelDescriptions[number] = {
	name: "brave-heron",
	path: "/models/brave-heron",
	architecture: "modernbert",
	parameters: 2_400_000,
	bytes: 9_800_000,
	boxed: false,
	adapter: null,
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

test("of a run that went on from a model the scores before stand beside those after and of counts", () => {
	const before = { ...heldOut, loss: 3.9, top1: 0.36, identifierTop1: null };
	const run = runStatus({ run: "quiet-otter", heldOut: { ...heldOut, before } });
	const tooltip = runTooltip(run, english);
	assert.ok(tooltip.includes("| On held-out files | Before | After | Counts alone |\n|:--|--:|--:|--:|"));
	assert.ok(tooltip.includes("| First guess right | 36.0% | 46.7% | 30.0% |"));
	assert.ok(tooltip.includes("| Whole identifiers, first guess | – | 30.0% | – |"));
	assert.ok(tooltip.includes("| Loss | 3.900 | 3.100 | – |"));
	assert.equal(
		outcomeText(run, english),
		"quiet-otter has learned from this code: on held-out files 46.7% of its first guesses are right, where 36.0% were before and 30.0% are by counts alone.",
	);
	assert.match(outcomeText(runStatus({ heldOut }), english), /is trained and fills \[MASK\]: on held-out files 46.7%/);
});

test("of a model for search the ranks are told, before and after, beside those of words alone", () => {
	assert.equal(runDescription(runStatus({ state: "done", heldOut: forSearch }), english), "done · MRR 0.700");
	assert.equal(modelDescription({ ...model, scores: forSearch }, false, english), "MRR 0.700 · 9.8 MB");
	const tooltip = runTooltip(runStatus({ heldOut: forSearch }), english);
	assert.ok(tooltip.includes("| Before training | – | 0.100 | 0.550 |"));
	assert.ok(tooltip.includes("| After training | 0.500 | 0.600 | 0.700 |"));
	assert.ok(tooltip.includes("| After training, names hidden | 0.500 | 0.600 | – |"));
});

test("of labels, of records and of replaced tokens the outcome tells what the model is good for, and not that it fills masks", () => {
	const answers = { ...heldOut, region: { loss: 0.2, top1: 0.955, tokens: 22, records: 22 } };
	const pairs = { ...heldOut, region: { loss: 0.2, top1: 0.25, tokens: 300, records: 22 } };
	const auroc = { auroc: 0.912, accuracy: 0.9, majority: 0.85, threshold: 0.4, recall: 0.334 };
	const detection = { ...heldOut, detection: { ...auroc, generatorLoss: 3, tokens: 900 } };
	const told = [answers, pairs, detection].map((scores) => outcomeText(runStatus({ heldOut: scores }), english));
	assert.deepEqual(told, [
		"quiet-otter has learned the labels: 95.5% of its answers on 22 held-out records are right. Classify Selection takes it.",
		"quiet-otter has learned from these records: 25.0% of the tokens that 22 held-out ones hide are right.",
		"quiet-otter is trained and finds suspicious tokens: on held-out files 33.4% of the replaced ones, at 1 false alarm in 100 tokens.",
	]);
	assert.deepEqual(
		[answers, pairs, detection].map((scores) => modelDescription({ ...model, scores }, false, english)),
		["95.5% of labels right · 9.8 MB", "top-1 46.7% · 9.8 MB", "AUROC 0.912 · 9.8 MB"],
	);
});

test("menus test the words of a context value", () => {
	assert.equal(runContext(runStatus()), "run canPause canStop canDiscard hasCurves");
	assert.equal(modelContext(model, true), "model canDelete");
	assert.equal(modelContext({ ...model, boxed: true }, false), "model canUse");
	assert.equal(modelContext({ ...model, roles: ["search"] }, false), "model canSearch canDelete");
});

test("a model's row tells whether it is in use, its score and size", () => {
	assert.equal(modelDescription(model, true, english), "in use · top-1 46.7% · 9.8 MB");
	assert.equal(modelDescription({ ...model, scores: null }, false, english), "9.8 MB");
	const boxed = { ...model, boxed: true, scores: null };
	assert.equal(modelDescription(boxed, true, english), "in use · comes with Maskwright · 9.8 MB");
});

test("scores of another version that lack something read as not measured", () => {
	const tooltip = modelTooltip({ ...model, scores: { top1: 0.5 } }, false, english);
	assert.ok(tooltip.includes("| First guess right | 50.0% | – |"));
});
