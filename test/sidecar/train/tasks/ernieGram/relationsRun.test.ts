import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Graph } from "../../../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../../../sidecar/autodiff/value.ts";
import { gumbelNoise } from "../../../../../sidecar/data/gumbelNoise.ts";
import { longestNgram } from "../../../../../sidecar/data/ngramMasks/lexicon.ts";
import { ngramShape, sliceNgramBatch } from "../../../../../sidecar/data/ngramMasks/ngramBatch.ts";
import { encoderConfigSchema } from "../../../../../sidecar/model/config.ts";
import { detectorSpecs } from "../../../../../sidecar/model/detector.ts";
import { ngramGeneratorSpecs } from "../../../../../sidecar/model/ngramGenerator.ts";
import { ngramSpecs } from "../../../../../sidecar/model/ngramHead.ts";
import { initialParameters, parameterSpecs } from "../../../../../sidecar/model/parameters.ts";
import { createOptimizer, optimizerSchema } from "../../../../../sidecar/optim/optimizers.ts";
import { ernieGram } from "../../../../../sidecar/recipes/ernieGram.ts";
import { openSession, type SessionOptions } from "../../../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../../../sidecar/session/tensor.ts";
import { latestCheckpoint } from "../../../../../sidecar/store/checkpoints.ts";
import { loadModel } from "../../../../../sidecar/store/modelFolder.ts";
import { restoreCheckpoint } from "../../../../../sidecar/train/checkpointing.ts";
import { loadCorpus, saveCorpus } from "../../../../../sidecar/train/corpusFile.ts";
import { initialState } from "../../../../../sidecar/train/modelState.ts";
import { prepareCorpus } from "../../../../../sidecar/train/prepare.ts";
import type { Recipe } from "../../../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../../../sidecar/train/recipeChanges.ts";
import { fusedStep, stepNames } from "../../../../../sidecar/train/stepGraph.ts";
import { relationFeeds } from "../../../../../sidecar/train/tasks/ernieGram/feeds.ts";
import { ernieGramLoss } from "../../../../../sidecar/train/tasks/ernieGram/loss.ts";
import { trainArm } from "../../../../recipes/trainArm.ts";
import {
	collateExample,
	masking,
	ngrams,
	special,
	textLength,
	vocabularySize,
} from "../../../../support/ngramExample.ts";
import { useSoftwareVulkan } from "../../../../support/softwareVulkan.ts";
import { temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { lossesOf, runTiny } from "../../../../support/tinyRun.ts";
import { writeTinyCorpus } from "../../../../support/tinyTraining.ts";

const generator = '{"layers":1,"hiddenSize":8,"heads":1,"intermediateSize":12,"share":0.7}';

function tiny(...overrides: string[]): Recipe {
	return applyOverrides(ernieGram.recipe, [
		"tokenizer.vocabularySize=300",
		'masking.strategies=[{"name":"ngram","bigrams":20,"trigrams":10,"criticalValue":2}]',
		"model.layers=1",
		"model.hiddenSize=16",
		"model.heads=2",
		"model.intermediateSize=24",
		"model.maxPositions=32",
		`objective.generator=${generator}`,
		"data.sequenceLength=32",
		"train.batchTokens=128",
		"schedule.warmupSteps=2",
		"evaluation.rows=4",
		"evaluation.finalRows=4",
		"evaluation.everySteps=1000",
		"checkpoint.everySteps=1000",
		'train.budget={"steps":6}',
		...overrides,
	]);
}

async function tinyCorpus(context: TestContext, recipe: Recipe) {
	const folder = temporaryFolder(context);
	writeTinyCorpus(join(folder, "corpus"));
	return await prepareCorpus(join(folder, "corpus"), recipe);
}

test("a run that goes on from its folder alone is bitwise the run that was never interrupted", async (context) => {
	const recipe = tiny();
	const corpus = await tinyCorpus(context, recipe);
	const whole = await runTiny({ recipe, corpus, folder: temporaryFolder(context) });
	const folder = temporaryFolder(context);
	saveCorpus(folder, corpus);
	const first = await runTiny({ recipe, corpus, folder, pauseAfter: 3 });
	const start = restoreCheckpoint(latestCheckpoint(folder)!);
	const second = await runTiny({ recipe, corpus: loadCorpus(folder), folder, start });
	assert.deepEqual([...lossesOf(first.events), ...lossesOf(second.events)], lossesOf(whole.events));
	assert.ok([...whole.result.model.keys()].some((name) => name.startsWith("generator.")));
	for (const [name, value] of whole.result.model) {
		assert.deepEqual(floats(second.result.model.get(name)!), floats(value), name);
	}
});

test("the losses fall, parts of a batch give those of the whole, and every setting of the generator its own", async (context) => {
	const corpus = await tinyCorpus(context, tiny());
	const run = async (...overrides: string[]) => {
		const { events } = await runTiny({ recipe: tiny(...overrides), corpus, folder: temporaryFolder(context) });
		return lossesOf(events);
	};
	const long = await run('train.budget={"steps":40}');
	const mean = (losses: number[]) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
	assert.ok(mean(long.slice(-5)) < 0.9 * mean(long.slice(0, 5)), String(long));
	const whole = await run();
	(await run("train.microBatchTokens=32")).forEach((loss, step) => {
		assert.ok(Math.abs(loss - whole[step]!) < 1e-3 * whole[step]!, `step ${step}: ${loss} is not ${whole[step]}`);
	});
	const others: number[][] = [];
	for (const setting of ["share=0.3", "detectorWeight=0", "layers=2", "hiddenSize=12", "intermediateSize=8"]) {
		others.push(await run(`objective.generator.${setting}`));
	}
	assert.equal(new Set([whole, ...others].map((losses) => losses.join())).size, 6);
});

test("a checkpoint has the generator, and no file of the model anything of it or of the detector", async (context) => {
	const folder = temporaryFolder(context);
	const corpus = join(folder, "corpus");
	writeTinyCorpus(corpus);
	const { path, model } = await trainArm(tiny("checkpoint.everySteps=4"), { corpus, folder });
	const helping = (name: string) => /^(generator|discriminator|ngram_head)/.test(name);
	const trained = [...restoreCheckpoint(latestCheckpoint(path)!).model.keys()].filter(helping);
	for (const name of ["generator.ngram_head.bias", "generator.model.layers.0.attn.Wo.weight", "ngram_head.bias"]) {
		assert.ok(trained.includes(name), name);
	}
	assert.ok(!trained.includes("generator.model.embeddings.tok_embeddings.weight"), "embeddings are shared");
	assert.deepEqual([...loadModel(model).tensors.keys()].filter(helping), []);
	const weights = readdirSync(model).filter((name) => name.endsWith(".safetensors"));
	assert.ok(weights.includes("ngramHead.safetensors"));
	for (const name of weights) {
		assert.doesNotMatch(readFileSync(join(model, name), "latin1"), /generator\.|discriminator/, name);
	}
});

const skip = useSoftwareVulkan();

test("a step with the generator runs on WebGPU with CPU fallback forbidden, as on the CPU", { skip }, async () => {
	const optimizer = createOptimizer(optimizerSchema.parse({ kind: "adamw" }));
	const config = encoderConfigSchema.parse({
		architecture: "modernbert",
		layers: 1,
		hiddenSize: 16,
		heads: 2,
		intermediateSize: 24,
		vocabularySize,
		maxPositions: 2 * textLength,
		paddingId: special.pad,
	});
	const sizes = { layers: 1, hiddenSize: 8, heads: 1, intermediateSize: 12 };
	const specs = [
		...parameterSpecs(config),
		...ngramSpecs(config, { ngrams, queries: longestNgram }),
		...detectorSpecs(config),
		...ngramGeneratorSpecs(config, sizes, ngrams),
	];
	const one = ngramShape({ rows: 1, textLength, hasFine: true }, masking);
	const classes = vocabularySize + ngrams;
	const drawing = { seed: 4, step: 2, part: 0, share: 0.6, textLength, padId: special.pad, classes };
	const batch = sliceNgramBatch(collateExample(2), 0, one);
	const feeds = relationFeeds({ batch, noise: gumbelNoise(4, classes), ...drawing });
	const loss = (graph: Graph, parameters: ReadonlyMap<string, Value>) =>
		ernieGramLoss(graph, parameters, {
			config,
			shape: one,
			generator: { sizes, ngrams, textLength, detectorWeight: 3 },
			weights: { coarse: 1, fine: 1 },
		});
	const { model, inputs } = fusedStep({ parameters: specs, optimizer, clipNorm: 1, task: { loss, rows: 1 } });
	const found: [number, number][] = [];
	for (const options of [
		{ executionProvider: "cpu" },
		{ executionProvider: "webgpu", strict: true },
	] as SessionOptions[]) {
		const session = await openSession(model, options);
		const hyper = Object.entries(optimizer.hyperparameters(0, 0.01)).map(
			([name, value]) => [stepNames.hyper(name), tensor(Float32Array.of(value), [])] as const,
		);
		const data = Object.entries(feeds).filter(([name]) => name in inputs);
		const state = initialState({ parameters: specs, optimizer }, initialParameters(specs, 3));
		const outputs = await session.run(Object.fromEntries([...state, ...data, ...hyper]));
		found.push([floats(outputs[stepNames.loss]!)[0]!, floats(outputs[stepNames.gradientNorm]!)[0]!]);
		await session.release();
	}
	const [[loss1, norm1], [loss2, norm2]] = found as [[number, number], [number, number]];
	assert.ok(Math.abs(loss1 - loss2) < 1e-5 * loss1, `${loss1} and ${loss2}`);
	assert.ok(Math.abs(norm1 - norm2) < 1e-3 * norm1, `${norm1} and ${norm2}`);
});
