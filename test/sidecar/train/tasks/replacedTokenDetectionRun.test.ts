import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Graph } from "../../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../../sidecar/autodiff/value.ts";
import { createRandom } from "../../../../sidecar/base/random.ts";
import { detectingSpecs } from "../../../../sidecar/inference/detector.ts";
import { encoderConfigSchema } from "../../../../sidecar/model/config.ts";
import { generatorSpecs } from "../../../../sidecar/model/generator.ts";
import { initialParameters } from "../../../../sidecar/model/parameters.ts";
import { createOptimizer, optimizerSchema } from "../../../../sidecar/optim/optimizers.ts";
import { electra } from "../../../../sidecar/recipes/electra.ts";
import { openSession, type SessionOptions } from "../../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../../sidecar/session/tensor.ts";
import { auroc } from "../../../../sidecar/train/auroc.ts";
import { initialState } from "../../../../sidecar/train/modelState.ts";
import { prepareCorpus } from "../../../../sidecar/train/prepare.ts";
import { parseRecipe } from "../../../../sidecar/train/recipe.ts";
import { applyOverrides, mergeRecipe } from "../../../../sidecar/train/recipeChanges.ts";
import { fusedStep, stepNames } from "../../../../sidecar/train/stepGraph.ts";
import { detectionGraph, detectionLoss } from "../../../../sidecar/train/tasks/replacedTokenDetection/loss.ts";
import { exampleBatch } from "../../../support/maskedLmGraph.ts";
import { useSoftwareVulkan } from "../../../support/softwareVulkan.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";
import { lossesOf, runTiny } from "../../../support/tinyRun.ts";
import { writeTinyCorpus } from "../../../support/tinyTraining.ts";

const tiny = applyOverrides(electra.recipe, [
	"tokenizer.vocabularySize=300",
	"model.layers=1",
	"model.hiddenSize=16",
	"model.heads=2",
	"model.intermediateSize=24",
	"model.maxPositions=32",
	"generator.hiddenSize=8",
	"generator.heads=1",
	"generator.intermediateSize=12",
	"data.sequenceLength=32",
	"train.batchTokens=256",
	"schedule.warmupSteps=2",
	"evaluation.rows=4",
	"evaluation.finalRows=4",
	"evaluation.everySteps=1000",
	"checkpoint.everySteps=1000",
	'train.budget={"steps":40}',
]);

test("both losses fall, and a run in parts of a batch is the run of whole ones", async (context) => {
	const folder = temporaryFolder(context);
	const whole = lossesOf((await runTiny({ recipe: tiny, folder: join(folder, "whole") })).events);
	assert.ok(mean(whole.slice(-5)) < 0.9 * mean(whole.slice(0, 5)), String(whole));
	const recipe = applyOverrides(tiny, ["train.microBatchTokens=64"]);
	const parts = lossesOf((await runTiny({ recipe, folder: join(folder, "parts"), finishAfter: 3 })).events);
	for (const [step, loss] of parts.entries()) assert.ok(Math.abs(loss - whole[step]!) < 1e-3 * loss, `${step}`);
});

test("one token of each entity (LEM's masking) trains under replaced token detection: a recipe and no new code", async (context) => {
	const folder = temporaryFolder(context);
	writeTinyCorpus(join(folder, "corpus"));
	const masking = { strategies: [{ name: "syntax", tokens: "one" }], rate: 0.15 };
	const recipe = parseRecipe(mergeRecipe(tiny, { name: "electra-entities", masking, train: { budget: { steps: 3 } } }));
	const corpus = await prepareCorpus(join(folder, "corpus"), recipe);
	assert.ok(corpus.train.marks?.some((mark) => mark !== 0));
	const { events, result } = await runTiny({ recipe, folder: join(folder, "run"), corpus });
	assert.equal(result.outcome, "done");
	assert.ok(lossesOf(events).every(Number.isFinite) && lossesOf(events).length === 3);
});

test("the area under the curve is the share of pairs in order, ties counted half", () => {
	const scores = [0.1, 0.4, 0.4, 0.8, 0.3];
	const positive = [false, true, false, true, false];
	let pairs = 0;
	let ordered = 0;
	scores.forEach((one, i) => {
		scores.forEach((other, j) => {
			if (!positive[i] || positive[j]) return;
			pairs++;
			ordered += one > other ? 1 : one === other ? 0.5 : 0;
		});
	});
	assert.equal(
		auroc(scores, (index) => positive[index]!),
		ordered / pairs,
	);
	assert.equal(
		auroc(scores, () => true),
		null,
	);
});

const skip = useSoftwareVulkan();

test("a step runs on WebGPU with CPU fallback forbidden, as on the CPU", { skip }, async () => {
	const config = encoderConfigSchema.parse({
		architecture: "modernbert",
		layers: 1,
		hiddenSize: 16,
		heads: 2,
		intermediateSize: 20,
		vocabularySize: 29,
		maxPositions: 10,
		paddingId: 0,
	});
	const generator = { hiddenSize: 8, heads: 1, intermediateSize: 12 };
	const shape = { config, generator, corrupter: "generator", rows: 2, sequenceLength: 10, maskedRows: 6 } as const;
	const specs = [...detectingSpecs(config), ...generatorSpecs(config, generator)];
	const random = createRandom(9);
	const optimizer = createOptimizer(optimizerSchema.parse({ kind: "adamw" }));
	const loss = (graph: Graph, parameters: ReadonlyMap<string, Value>) =>
		detectionLoss(detectionGraph(graph, parameters, shape), 50);
	const { model, inputs } = fusedStep({ parameters: specs, optimizer, clipNorm: 1, task: { loss, rows: 2 } });
	const norms: number[] = [];
	const losses: number[] = [];
	const example = exampleBatch(config, 5);
	const feeds = {
		input_ids: example.inputIds,
		original_ids: example.inputIds,
		positions: example.positions,
		segments: example.segments,
		masked_positions: example.maskedPositions,
		labels: example.labels,
		weights: example.weights,
		noise: Float32Array.from({ length: 6 * 29 }, () => -Math.log(-Math.log(random.uniform() + 1e-9))),
		token_weights: new Float32Array(20).fill(1 / 20),
	};
	for (const options of [
		{ executionProvider: "cpu" },
		{ executionProvider: "webgpu", strict: true },
	] as SessionOptions[]) {
		const session = await openSession(model, options);
		const hyper = Object.entries(optimizer.hyperparameters(0, 0.01)).map(
			([name, value]) => [stepNames.hyper(name), tensor(Float32Array.of(value), [])] as const,
		);
		const data = Object.entries(feeds)
			.filter(([name]) => name in inputs)
			.map(([name, array]) => [name, tensor(array, inputs[name]!.shape)] as const);
		const state = initialState({ parameters: specs, optimizer }, initialParameters(specs, 3));
		const outputs = await session.run({ ...Object.fromEntries([...state, ...data, ...hyper]) });
		losses.push(floats(outputs[stepNames.loss]!)[0]!);
		norms.push(floats(outputs[stepNames.gradientNorm]!)[0]!);
		await session.release();
	}
	assert.ok(Math.abs(losses[0]! - losses[1]!) < 1e-5 * losses[0]!, `${losses}`);
	assert.ok(Math.abs(norms[0]! - norms[1]!) < 1e-3 * norms[0]!, `${norms}`);
});

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
