import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { floats } from "../../../sidecar/session/tensor.ts";
import { checkpointSteps, latestCheckpoint } from "../../../sidecar/store/checkpoints.ts";
import { checkpointFiles, checkpointFolder } from "../../../sidecar/store/layout.ts";
import { restoreCheckpoint } from "../../../sidecar/train/checkpointing.ts";
import type { ModelState } from "../../../sidecar/train/modelState.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { lossesOf, runTiny, tinyRecipe } from "../../support/tinyRun.ts";

function bytesOf(model: ModelState): Map<string, Buffer> {
	return new Map(
		[...model]
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([name, value]) => [name, Buffer.from(floats(value).buffer.slice(0))]),
	);
}

for (const kind of ["adamw", "muon"]) {
	test(`a paused and resumed run is bitwise the run that was never interrupted (${kind})`, async (context) => {
		const recipe = tinyRecipe(kind === "adamw" ? 'optimizer={"kind":"adamw"}' : 'optimizer={"kind":"muon"}');
		const whole = await runTiny({ recipe, folder: temporaryFolder(context) });
		const folder = temporaryFolder(context);
		const first = await runTiny({ recipe, folder, pauseAfter: 3 });
		assert.equal(first.result.outcome, "paused");
		const checkpoint = latestCheckpoint(folder);
		assert.equal(checkpoint?.step, 3);
		const second = await runTiny({ recipe, folder, start: restoreCheckpoint(checkpoint!) });
		assert.equal(second.result.outcome, "done");
		assert.deepEqual([...lossesOf(first.events), ...lossesOf(second.events)], lossesOf(whole.events));
		assert.deepEqual(bytesOf(second.result.model), bytesOf(whole.result.model));
	});
}

test("another seed gives other losses", async (context) => {
	const one = await runTiny({ recipe: tinyRecipe("train.seed=1"), folder: temporaryFolder(context) });
	const two = await runTiny({ recipe: tinyRecipe("train.seed=2"), folder: temporaryFolder(context) });
	assert.notDeepEqual(lossesOf(one.events), lossesOf(two.events));
});

test("gradient accumulation over micro-batches gives the losses of the whole batch", async (context) => {
	const whole = await runTiny({ recipe: tinyRecipe(), folder: temporaryFolder(context) });
	const parts = await runTiny({ recipe: tinyRecipe("train.microBatchTokens=64"), folder: temporaryFolder(context) });
	const [expected, actual] = [lossesOf(whole.events), lossesOf(parts.events)];
	assert.equal(actual.length, 8);
	actual.forEach((loss, step) => {
		assert.ok(
			Math.abs(loss - expected[step]!) < 2e-4 * expected[step]!,
			`step ${step + 1}: ${loss} is not ${expected[step]}`,
		);
	});
});

test("a head on all rows gives the losses of a head on the masked rows", async (context) => {
	const masked = await runTiny({ recipe: tinyRecipe(), folder: temporaryFolder(context) });
	const all = await runTiny({ recipe: tinyRecipe("objective.rows=all"), folder: temporaryFolder(context) });
	const expected = lossesOf(masked.events);
	lossesOf(all.events).forEach((loss, step) => {
		assert.ok(Math.abs(loss - expected[step]!) < 2e-4 * expected[step]!);
	});
});

test("training lowers the loss on held-out rows", async (context) => {
	const recipe = tinyRecipe('train.budget={"steps":60}', "evaluation.everySteps=20");
	const { events } = await runTiny({ recipe, folder: temporaryFolder(context) });
	const losses = events.flatMap((event) => (event.event === "evaluation" ? [event.loss ?? Number.NaN] : []));
	assert.equal(losses.length, 3);
	assert.ok(losses[2]! < losses[0]! && losses[2]! < Math.log(300) - 1, `held-out losses ${losses}`);
});

test("early stopping ends a run whose held-out loss no longer improves", async (context) => {
	const recipe = tinyRecipe(
		'train.budget={"steps":50}',
		"evaluation.everySteps=1",
		"evaluation.patience=2",
		"train.learningRate=1e-12",
	);
	const { events, result } = await runTiny({ recipe, folder: temporaryFolder(context) });
	assert.equal(result.outcome, "done");
	assert.ok(lossesOf(events).length < 50);
});

/** A learning rate too high for the end of the run: the held-out loss falls, then rises. */
const overshooting = tinyRecipe(
	'optimizer={"kind":"adamw"}',
	"train.learningRate=0.06",
	'schedule={"kind":"constant","warmupSteps":30,"floor":0}',
	'train.budget={"steps":61}',
	"evaluation.everySteps=3",
	"evaluation.patience=4",
	"checkpoint.everySteps=5",
	"checkpoint.keep=1",
);

test("early stopping keeps the weights of the best evaluation, across a pause too", async (context) => {
	const folder = temporaryFolder(context);
	const whole = await runTiny({ recipe: overshooting, folder });
	const scores = whole.events.flatMap((event) => (event.event === "evaluation" ? [event] : []));
	const best = scores.reduce((least, score) => (score.loss! < least.loss! ? score : least));
	const { modelStep, state } = whole.result;
	assert.equal(modelStep, best.step);
	assert.ok(modelStep < state.steps, `the best step ${modelStep} is not the last one ${state.steps}`);
	assert.deepEqual(checkpointSteps(folder), [0, modelStep, state.steps]);
	const until = await runTiny({ recipe: overshooting, folder: temporaryFolder(context), finishAfter: modelStep });
	assert.deepEqual(bytesOf(until.result.model), bytesOf(whole.result.model));

	const torn = temporaryFolder(context);
	await runTiny({ recipe: overshooting, folder: torn, pauseAfter: modelStep + 2 });
	const again = await runTiny({
		recipe: overshooting,
		folder: torn,
		start: restoreCheckpoint(latestCheckpoint(torn)!),
	});
	assert.equal(again.result.modelStep, modelStep);
	assert.deepEqual(bytesOf(again.result.model), bytesOf(whole.result.model));
});

test("without early stopping the last weights are kept", async (context) => {
	const recipe = applyOverrides(overshooting, ["evaluation.patience=null"]);
	const { result } = await runTiny({ recipe, folder: temporaryFolder(context) });
	assert.deepEqual([result.modelStep, result.state.best?.step], [61, null]);
});

test("where the checkpoint of the best weights is damaged the last ones are kept", async (context) => {
	const folder = temporaryFolder(context);
	await runTiny({ recipe: overshooting, folder, pauseAfter: 59 });
	const start = restoreCheckpoint(latestCheckpoint(folder)!);
	truncateSync(join(checkpointFolder(folder, start.state.best!.step!), checkpointFiles.model), 10);
	const { result } = await runTiny({ recipe: overshooting, folder, start });
	assert.equal(result.modelStep, result.state.steps);
});

test("a weight that is not finite stops the run, is named, and no bad checkpoint is written", async (context) => {
	const folder = temporaryFolder(context);
	const { result, events } = await runTiny({
		recipe: tinyRecipe(),
		folder,
		prepare: (model) => {
			floats(model.get("model.layers.1.mlp.Wo.weight")!)[3] = Number.NaN;
		},
	});
	assert.equal(result.outcome, "diverged");
	assert.deepEqual(events.at(-1), { event: "diverged", step: 1, tensor: "model.layers.1.mlp.Wo.weight", kind: "nan" });
	assert.equal(latestCheckpoint(folder)?.step, 0);
});

test("finite weights whose product overflows name the module where it happened", async (context) => {
	const { events } = await runTiny({
		recipe: tinyRecipe(),
		folder: temporaryFolder(context),
		prepare: (model) => floats(model.get("model.layers.1.mlp.Wo.weight")!).fill(3e38),
	});
	const last = events.at(-1);
	assert.equal(last?.event, "diverged");
	assert.match(last?.event === "diverged" ? last.tensor : "", /^model\.layers\.1\.mlp/);
});

test("the largest learning rate that a schedule reaches is the recipe's", async (context) => {
	const recipe = tinyRecipe("train.learningRate=0.01", 'schedule={"kind":"constant","warmupSteps":4,"floor":0}');
	const { events } = await runTiny({ recipe, folder: temporaryFolder(context) });
	const rates = events.flatMap((event) => (event.event === "step" ? [event.learningRate] : []));
	assert.deepEqual(rates, [0.0025, 0.005, 0.0075, 0.01, 0.01, 0.01, 0.01, 0.01]);
});

test("a run whose budget is ended early is done after the step under way, with a checkpoint there", async (context) => {
	const folder = temporaryFolder(context);
	const { events, result } = await runTiny({ recipe: tinyRecipe(), folder, finishAfter: 3 });
	assert.deepEqual([result.outcome, result.state.steps, lossesOf(events).length], ["done", 3, 3]);
	assert.equal(latestCheckpoint(folder)?.step, 3);
});
