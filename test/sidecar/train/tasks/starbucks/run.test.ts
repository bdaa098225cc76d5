import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openEmbedder } from "../../../../../sidecar/inference/embedder.ts";
import { fromHuggingFaceConfig } from "../../../../../sidecar/model/huggingFace.ts";
import { loadModel } from "../../../../../sidecar/store/modelFolder.ts";
import { callCli } from "../../../../support/callCli.ts";
import { closeTo } from "../../../../support/closeTo.ts";
import { documentedWords } from "../../../../support/documentedWords.ts";
import { temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { useUserFolder } from "../../../../support/userFolder.ts";

const shape = [
	"tokenizer.vocabularySize=400",
	"model.layers=2",
	"model.hiddenSize=16",
	"model.heads=2",
	"model.intermediateSize=24",
	"model.maxPositions=32",
	"data.sequenceLength=32",
	"data.heldOutShare=0.2",
	"schedule.warmupSteps=2",
	"evaluation.finalRows=40",
];
const pretraining = [...shape, "objective.sizes=[[1,8]]", "train.batchTokens=256"];
const search = ["objective.smallerSizes=[[1,8]]", "train.batchTokens=1024", "data.queryTokens=16", ...shape];

async function trained(context: TestContext) {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	const corpus = documentedWords(3, { words: 30, ofFunction: 3 }).write(join(folder, "corpus"), 40);
	const train = async (recipe: string, settings: readonly string[], ...more: readonly string[]) => {
		const out = join(folder, recipe);
		const flags = ["--steps", "4", "--device", "cpu", "--threads", "1", "--json", "--out", out, ...more];
		const sets = settings.flatMap((setting) => ["--set", setting]);
		const { stderr } = await callCli(["train", corpus, "--recipe", recipe, ...flags, ...sets]);
		return { model: join(out, "model"), stderr };
	};
	return { folder, corpus, train };
}

test("starbucks and starbucks-search train one after the other, and a sub-model is a model of its own", async (context) => {
	const { folder, train } = await trained(context);
	const first = await train("starbucks", pretraining);
	assert.equal(first.stderr, "");
	const stored = loadModel(first.model);
	assert.ok(
		[...stored.tensors.keys()].every((name) => !name.startsWith("autoencoder.")),
		"the decoder is not kept",
	);
	const embedding = stored.about?.["embedding"] as { sizes: unknown } | undefined;
	assert.deepEqual(embedding?.sizes, [
		[2, 16],
		[1, 8],
	]);
	const second = await train("starbucks-search", search, "--from", first.model);
	assert.equal(second.stderr, "");
	const third = await train(
		"code-search",
		["train.batchTokens=1024", "data.queryTokens=16", "data.heldOutShare=0.2"],
		"--from",
		first.model,
	);
	assert.equal(third.stderr, "");
	const kept = loadModel(third.model).about?.["embedding"] as { sizes: unknown } | undefined;
	assert.deepEqual(kept?.sizes, embedding?.sizes, "the sizes of a model are trained on, where no others are named");
	const small = join(folder, "small");
	const exported = await callCli([
		...["export", second.model, "--format", "maskwright", "--layers", "1", "--out", small, "--json"],
	]);
	assert.equal(exported.stderr, "");
	const part = loadModel(small);
	assert.equal(fromHuggingFaceConfig(part.config).layers, 1);
	assert.ok([...part.tensors.keys()].every((name) => !name.startsWith("model.layers.1.")));
	const cpu = { executionProvider: "cpu", threads: 1 } as const;
	const texts = ["def f(value):\n    return value", "total = 0"];
	const within = await openEmbedder(second.model, { ...cpu, size: "small" });
	const alone = await openEmbedder(small, cpu);
	assert.equal(alone.dimension, 8);
	closeTo(await alone.embed("code", texts), await within.embed("code", texts), 1e-5);
	await within.release();
	await alone.release();
	const filled = join(folder, "filled");
	await callCli(["export", first.model, "--format", "maskwright", "--units", "8", "--out", filled]);
	const answer = await callCli(["fill", "--model", filled, "--json", "return [MASK]"]);
	assert.equal(answer.stderr, "");
	assert.ok(JSON.parse(answer.stdout).masks[0].candidates.length > 0);
});

test("sizes that a model does not hold, and one that was not trained, are refused in a sentence", async (context) => {
	const { folder, train } = await trained(context);
	for (const [recipe, settings, said] of [
		[
			"starbucks",
			["objective.sizes=[[3,8]]"],
			/objective\.sizes asks for 8 units of 3 layers, and the model has 16 of 2/,
		],
		["starbucks", ["objective.autoencoding.decoderRate=0.1"], /decoderRate \(0\.1\) is below masking\.rate/],
		["starbucks", ["objective.sizes=[[1]]"], /objective\.sizes\.0/],
		["starbucks-search", ["objective.smallerSizes=[64]"], /asks for 64 units of 2 layers/],
		["code-search", ["objective.pooling=first"], /objective\.pooling can't be first without layers/],
	] as const) {
		const base = recipe === "starbucks" ? pretraining : recipe === "code-search" ? [] : search;
		const named = settings.map((setting) => setting.split("=")[0]!);
		const kept = base.filter((setting) => !named.includes(setting.split("=")[0]!));
		const { stderr } = await train(recipe, [...kept, ...settings]);
		assert.match(stderr, said);
	}
	const { model } = await train("starbucks", pretraining);
	const out = join(folder, "none");
	const { stderr } = await callCli([
		"export",
		model,
		"--format",
		"onnx",
		"--layers",
		"1",
		"--units",
		"5",
		"--out",
		out,
	]);
	assert.match(stderr, /has no vectors of the size 1,5: it was trained for 2,16 and 1,8/);
	const package_ = await callCli(["export", model, "--format", "pytorch", "--units", "8", "--out", out]);
	assert.match(package_.stderr, /--layers and --units are for a model/);
});
