import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { graphCodeBert } from "../../../../sidecar/recipes/graphCodeBert.ts";
import { floats } from "../../../../sidecar/session/tensor.ts";
import { latestCheckpoint } from "../../../../sidecar/store/checkpoints.ts";
import { restoreCheckpoint } from "../../../../sidecar/train/checkpointing.ts";
import { loadCorpus, saveCorpus } from "../../../../sidecar/train/corpusFile.ts";
import { prepareCorpus } from "../../../../sidecar/train/prepare.ts";
import type { Recipe } from "../../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../../sidecar/train/recipeChanges.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";
import { lossesOf, runTiny } from "../../../support/tinyRun.ts";
import { writeTinyCorpus } from "../../../support/tinyTraining.ts";

function tinyGraphRecipe(...overrides: string[]): Recipe {
	return applyOverrides(graphCodeBert.recipe, [
		"tokenizer.vocabularySize=300",
		"model.layers=1",
		"model.hiddenSize=16",
		"model.heads=2",
		"model.intermediateSize=24",
		"model.maxPositions=64",
		"data.sequenceLength=64",
		"objective.nodes=12",
		"objective.commentTokens=8",
		"train.batchTokens=256",
		"schedule.warmupSteps=2",
		"evaluation.rows=4",
		"evaluation.finalRows=4",
		"evaluation.everySteps=1000",
		"checkpoint.everySteps=1000",
		'train.budget={"steps":8}',
		...overrides,
	]);
}

async function tinyGraphCorpus(context: TestContext, recipe: Recipe) {
	const folder = temporaryFolder(context);
	writeTinyCorpus(join(folder, "corpus"));
	return await prepareCorpus(join(folder, "corpus"), recipe);
}

test("a run that goes on from its folder alone is bitwise the run that was never interrupted", async (context) => {
	const recipe = tinyGraphRecipe();
	const corpus = await tinyGraphCorpus(context, recipe);
	const whole = await runTiny({ recipe, corpus, folder: temporaryFolder(context) });
	const folder = temporaryFolder(context);
	mkdirSync(folder, { recursive: true });
	saveCorpus(folder, corpus);
	const first = await runTiny({ recipe, corpus, folder, pauseAfter: 3 });
	const start = restoreCheckpoint(latestCheckpoint(folder)!);
	const second = await runTiny({ recipe, corpus: loadCorpus(folder), folder, start });
	assert.deepEqual([...lossesOf(first.events), ...lossesOf(second.events)], lossesOf(whole.events));
	for (const [name, value] of whole.result.model) {
		assert.deepEqual(floats(second.result.model.get(name)!), floats(value), name);
	}
});

test("micro-batches give the losses of the whole batch, and every setting of the objective its own", async (context) => {
	const recipe = tinyGraphRecipe();
	const corpus = await tinyGraphCorpus(context, recipe);
	const run = async (...overrides: string[]) => {
		const { events } = await runTiny({
			recipe: tinyGraphRecipe(...overrides),
			corpus,
			folder: temporaryFolder(context),
		});
		return lossesOf(events);
	};
	const whole = await run();
	(await run("train.microBatchTokens=64")).forEach((loss, step) => {
		assert.ok(Math.abs(loss - whole[step]!) < 5e-4 * whole[step]!, `step ${step}: ${loss} is not ${whole[step]}`);
	});
	const others = await Promise.all(
		[
			"objective.attention=full",
			"objective.attention=none",
			"objective.edgeWeight=0",
			"objective.alignmentWeight=0",
			"objective.turns=together",
		].map((override) => run(override)),
	);
	assert.equal(new Set([whole, ...others].map((losses) => losses.join())).size, 6);
});

test("evaluations score edges and alignments of held-out functions beside the usual measure", async (context) => {
	const recipe = tinyGraphRecipe('train.budget={"steps":60}', "evaluation.everySteps=30", "objective.turns=together");
	const { events } = await runTiny({
		recipe,
		corpus: await tinyGraphCorpus(context, recipe),
		folder: temporaryFolder(context),
	});
	const scores = events.flatMap((event) => (event.event === "evaluation" ? [event] : []));
	assert.equal(scores.length, 2);
	for (const { edgeF1, alignmentF1, loss } of scores) {
		for (const score of [edgeF1, alignmentF1, loss]) assert.ok(typeof score === "number" && score > 0);
	}
	assert.ok((scores[1]!.loss ?? 9) < (scores[0]!.loss ?? 0), "the masked-LM loss falls too");
});

test("files without functions, and a run that is stopped while they are read, end with one sentence", async (context) => {
	const folder = temporaryFolder(context);
	mkdirSync(folder, { recursive: true });
	for (let file = 0; file < 8; file++) {
		writeFileSync(
			join(folder, `notes${file}.md`),
			`# Notes ${file}\n\n${`Some words about thing ${file}. `.repeat(30)}\n`,
		);
	}
	const recipe = tinyGraphRecipe("tokenizer.vocabularySize=280");
	await assert.rejects(prepareCorpus(folder, recipe), {
		name: "emptyCorpus",
		message: /no functions to learn from.*python/,
	});
	rmSync(folder, { recursive: true });
	writeTinyCorpus(folder);
	const stop = new AbortController();
	const told: string[] = [];
	const onProgress = (stage: string): void => {
		told.push(stage);
		if (stage === "encoding") stop.abort();
	};
	await assert.rejects(prepareCorpus(folder, recipe, { signal: stop.signal, onProgress }), { name: "interrupted" });
	assert.ok(told.includes("encoding"));
});
