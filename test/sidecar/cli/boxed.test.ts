/** The first minute after installing, from a terminal: nothing is trained, and a box of models came with Maskwright. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import type { ModelParts } from "../../../sidecar/inference/loadedModel.ts";
import { type TrainingEvent, trainingEventSchema } from "../../../sidecar/protocol/events.ts";
import { fillResultSchema, modelsSchema } from "../../../sidecar/protocol/outputs.ts";
import { searchResultsSchema } from "../../../sidecar/protocol/search.ts";
import { modelInUse } from "../../../sidecar/store/modelInUse.ts";
import { saveInBox, useBox } from "../../support/boxedModels.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { fillTexts, tinyFillModel } from "../../support/tinyFillModel.ts";
import { writeTinyCorpus } from "../../support/tinyTraining.ts";
import { useUserFolder } from "../../support/userFolder.ts";

let parts: ModelParts;
before(async () => {
	parts = await tinyFillModel(fillTexts, { vocabularySize: 360, steps: 500 });
});

/** A user who has nothing yet, and a folder of code; with a box unless told otherwise. */
function fresh(context: TestContext, { boxed = true } = {}): { home: string; box: string; corpus: string } {
	const folder = temporaryFolder(context);
	const [home, box, corpus] = ["home", "box", "code"].map((name) => join(folder, name)) as [string, string, string];
	useUserFolder(context, home);
	useBox(context, box);
	if (boxed) for (const role of ["completion", "search"] as const) saveInBox(box, role, parts);
	writeTinyCorpus(corpus);
	return { home, box, corpus };
}

/** Rows as short as the tiny model's, and a few steps. */
const short = ["data.sequenceLength=32", "train.batchTokens=128", "evaluation.finalRows=8", "evaluation.rows=4"];
const fewSteps = [...short.flatMap((setting) => ["--set", setting]), "--steps", "3", "--device", "cpu", "--json"];

async function trained(args: readonly string[]): Promise<TrainingEvent[]> {
	const { exitCode, stdout, stderr } = await callCli(["train", ...args, ...fewSteps]);
	assert.equal(exitCode, 0, stderr);
	return stdout
		.trim()
		.split("\n")
		.map((line) => trainingEventSchema.parse(JSON.parse(line)));
}

test("masks are filled, code is found by its meaning, and the models are listed as those that came", async (context) => {
	const { box } = fresh(context);
	const filled = await callCli(["fill", "def [MASK](path):\n    return parse_tree(path)\n", "--json"]);
	assert.equal(filled.exitCode, 0, filled.stderr);
	const [mask] = fillResultSchema.parse(JSON.parse(filled.stdout)).masks;
	assert.equal(mask?.candidates[0]?.text, "load_config");

	const code = temporaryFolder(context);
	for (const [at, text] of fillTexts.entries()) writeFileSync(join(code, `code${at}.py`), text);
	const indexed = await callCli(["index", code]);
	assert.equal(indexed.exitCode, 0, indexed.stderr);
	assert.match(indexed.stdout, /vectors made, 0 reused, by code-search-boxed;/);
	const found = await callCli(["search", "load the config", "--folder", code, "--json"]);
	const { results } = searchResultsSchema.parse(JSON.parse(found.stdout));
	assert.ok(results.every(({ vectorRank }) => vectorRank !== null));

	const { stdout } = await callCli(["models", "--json"]);
	assert.deepEqual(
		modelsSchema.parse(JSON.parse(stdout)).map(({ name, path, boxed }) => [name, path, boxed]),
		["code-mlm-boxed", "code-search-boxed"].map((name) => [name, join(box, name), true]),
	);
	assert.match((await callCli(["models"])).stdout, /^\* code-mlm-boxed .* completion \(comes with Maskwright\) /m);
});

test("training goes on from the model that came, with its words, and tells what it was before and after", async (context) => {
	const { home, box, corpus } = fresh(context);
	const out = join(home, "out");
	const events = await trained([corpus, "--out", out]);
	const recipe = JSON.parse(readFileSync(join(out, "recipe.json"), "utf8"));
	assert.deepEqual([recipe.name, recipe.from, recipe.model.hiddenSize], ["code-mlm-adapt", "code-mlm-boxed", 64]);
	const words = (folder: string): string => readFileSync(join(folder, "tokenizer.json"), "utf8");
	assert.deepEqual(JSON.parse(words(out)), JSON.parse(words(join(box, "code-mlm-boxed"))));
	const first = events.find((event) => event.event === "evaluation");
	const done = events.at(-1);
	assert.ok(first?.event === "evaluation" && first.step === 0 && done?.event === "done");
	const { before } = done.heldOut;
	assert.deepEqual([before?.loss, before?.top1, before?.tokens], [first.loss, first.top1, done.heldOut.tokens]);
	assert.notEqual(before?.loss, done.heldOut.loss);
	// The better of the two is in use.
	const better = (done.heldOut.loss ?? 0) < (before?.loss ?? 0);
	assert.equal(modelInUse({ home }), join(better ? out : box, better ? "model" : "code-mlm-boxed"));
	const card = readFileSync(join(out, "model", "README.md"), "utf8");
	assert.match(card, /It went on from code-mlm-boxed\./);
	assert.match(card, /^\| measure \| before \| model \| trigram/m);
});

test("a person sees the scores before and after beside each other", async (context) => {
	const { home, corpus } = fresh(context);
	const args = ["train", corpus, "--out", join(home, "out"), ...fewSteps.filter((word) => word !== "--json")];
	const { exitCode, stdout, stderr } = await callCli(args);
	assert.equal(exitCode, 0, stderr);
	assert.match(stdout, /top-1 before +after +top-5 before +after\n/);
	assert.match(stdout, /loss [\d.]+ \([\d.]+ before\), pseudo-perplexity/);
});

test("another shape, other words or a recipe of its own begin from nothing", async (context) => {
	const { home, corpus } = fresh(context);
	const tiny = ["model.layers=1", "model.hiddenSize=16", "model.heads=1", "tokenizer.vocabularySize=300"];
	const reshaped = tiny.flatMap((setting) => ["--set", setting]);
	const [shaped, named] = ["shaped", "named"].map((name) => join(home, name)) as [string, string];
	await trained([corpus, "--out", shaped, ...reshaped]);
	await trained([corpus, "--out", named, "--recipe", "code-mlm-small", ...reshaped]);
	for (const out of [shaped, named]) {
		const recipe = JSON.parse(readFileSync(join(out, "recipe.json"), "utf8"));
		assert.deepEqual([recipe.name, recipe.from, recipe.model.hiddenSize], ["code-mlm-small", undefined, 16]);
	}
});

test("without a box it is as it was: words alone are searched, and a recipe that goes on says what it lacks", async (context) => {
	const { home, box, corpus } = fresh(context, { boxed: false });
	mkdirSync(box);
	const filled = await callCli(["fill", "a [MASK] b"]);
	assert.equal(filled.exitCode, 1);
	assert.match(filled.stderr, /^There is no model yet\. Train one/);
	const adapting = await callCli(["train", corpus, "--recipe", "code-mlm-adapt", "--out", join(home, "out")]);
	assert.equal(adapting.exitCode, 1);
	assert.match(
		adapting.stderr,
		/^code-mlm-adapt goes on from code-mlm-boxed, which did not come with this Maskwright\. .*--recipe code-mlm-small\.$/m,
	);
});
