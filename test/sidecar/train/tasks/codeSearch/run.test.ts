import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isError } from "../../../../../sidecar/base/errors.ts";
import { createRandom } from "../../../../../sidecar/base/random.ts";
import { openEmbedder } from "../../../../../sidecar/inference/embedder.ts";
import { trainingEventSchema } from "../../../../../sidecar/protocol/events.ts";
import { codeSearch } from "../../../../../sidecar/recipes/codeSearch.ts";
import { latestCheckpoint } from "../../../../../sidecar/store/checkpoints.ts";
import { loadModel } from "../../../../../sidecar/store/modelFolder.ts";
import { restoreCheckpoint } from "../../../../../sidecar/train/checkpointing.ts";
import { loadCorpus, saveCorpus } from "../../../../../sidecar/train/corpusFile.ts";
import { prepareCorpus } from "../../../../../sidecar/train/prepare.ts";
import { applyOverrides } from "../../../../../sidecar/train/recipeChanges.ts";
import { readPairs } from "../../../../../sidecar/train/tasks/codeSearch/columns.ts";
import { callCli } from "../../../../support/callCli.ts";
import { temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { lossesOf, runTiny } from "../../../../support/tinyRun.ts";
import { useUserFolder } from "../../../../support/userFolder.ts";

const settings = [
	"tokenizer.vocabularySize=400",
	"model.hiddenSize=32",
	"model.heads=2",
	"model.maxPositions=32",
	"data.sequenceLength=32",
	"data.queryTokens=16",
	"data.heldOutShare=0.2",
	"train.batchTokens=1024",
	"train.learningRate=0.01",
	"schedule.warmupSteps=5",
	"evaluation.everySteps=1000",
	"checkpoint.everySteps=1000",
];

// Documentation and code share no word, so that only what was learned finds anything.
const said = "apple bread cloud dream eagle flame grape honey ivory jelly knife lemon mango night olive pearl".split(
	" ",
);
const coded = "zorn yelt xarb wimp vutz ulmo trax skep rylt quib plox obex nurg mivo lorp kelt".split(" ");

function writeCorpus(folder: string, files = 80): string {
	const random = createRandom(9);
	mkdirSync(folder, { recursive: true });
	for (let file = 0; file < files; file++) {
		const functions = Array.from({ length: 5 }, (_, place) => {
			const words = Array.from({ length: 3 }, () => random.below(said.length));
			const [a, b, c] = words.map((word) => coded[word]);
			return `def f${file}x${place}(value):\n    """${words.map((word) => said[word]).join(" ")} here."""\n    return ${a}(${b}.${c}(value))\n`;
		});
		writeFileSync(join(folder, `file${file}.py`), functions.join("\n\n"));
	}
	return folder;
}

test("what documentation and code have in common is learned, scored before and after, and kept with the model", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	const out = join(folder, "out");
	const { stdout, stderr } = await callCli([
		...["train", writeCorpus(join(folder, "corpus")), "--recipe", "code-search", "--steps", "60", "--out", out],
		...["--device", "cpu", "--threads", "1", "--json", ...settings.flatMap((setting) => ["--set", setting])],
	]);
	assert.equal(stderr, "");
	const events = stdout
		.trimEnd()
		.split("\n")
		.map((line) => trainingEventSchema.parse(JSON.parse(line)));
	const done = events.at(-1);
	assert.ok(done?.event === "done");
	const { search } = done.heldOut;
	const [before, after] = [search!.before!.encoder.mrr, search!.asIs.encoder!.mrr];
	assert.ok(before < 0.4 && after > 0.6, `MRR ${before} before and ${after} after`);
	assert.ok(search!.asIs.hybrid!.mrr >= search!.asIs.bm25.mrr + 0.3);
	const model = join(out, "model");
	const { roles, embedding } = loadModel(model).about as unknown as { roles: string[]; embedding: object };
	assert.deepEqual(roles, ["search"]);
	assert.deepEqual(embedding, {
		pooling: "weighted",
		repeatDamping: 1,
		text: "words",
		queryTokens: 16,
		codeTokens: 32,
		fusionWeight: search!.fusionWeight,
	});
	const filled = await callCli(["fill", "--model", model, "[MASK]"]);
	assert.match(filled.stderr, /^This model has no head for masked language modelling that was trained/);
	const embedder = await openEmbedder(model, { executionProvider: "cpu", threads: 1 });
	context.after(() => embedder.release());
	assert.equal(embedder.fusionWeight, search!.fusionWeight);
	const query = await embedder.embed("query", ["apple cloud olive"]);
	const codes = await embedder.embed("code", ["return zorn(xarb.lorp(value))", "return kelt(mivo.skep(value))"]);
	const [own, other] = [0, 1].map((row) => query.reduce((sum, unit, at) => sum + unit * codes[row * 32 + at]!, 0));
	assert.ok(own! > other! + 0.3, `${own} is not above ${other}`);
});

for (const layers of [0, 1]) {
	test(`a run with ${layers} layers that goes on from its folder is bitwise the run that was never interrupted`, async (context) => {
		const recipe = applyOverrides(codeSearch.recipe, [
			...settings,
			"model.intermediateSize=24",
			`model.layers=${layers}`,
			'train.budget={"steps":6}',
		]);
		const corpus = await prepareCorpus(writeCorpus(join(temporaryFolder(context), "corpus")), recipe);
		const whole = await runTiny({ recipe, corpus, folder: temporaryFolder(context) });
		const folder = temporaryFolder(context);
		mkdirSync(folder, { recursive: true });
		saveCorpus(folder, corpus);
		const first = await runTiny({ recipe, corpus, folder, pauseAfter: 3 });
		const start = restoreCheckpoint(latestCheckpoint(folder)!);
		const second = await runTiny({ recipe, corpus: loadCorpus(folder), folder, start });
		assert.equal(lossesOf(whole.events).length, 6);
		assert.deepEqual([...lossesOf(first.events), ...lossesOf(second.events)], lossesOf(whole.events));
	});
}

test("a masked language model is trained on for search with its own tokenizer, and a search model with its words", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	const corpus = writeCorpus(join(folder, "corpus"));
	const train = async (out: string, recipe: string, set: readonly string[], ...from: string[]) => {
		const flags = ["--recipe", recipe, "--steps", "2", "--device", "cpu", "--threads", "1", "--json", "--out", out];
		const { stderr } = await callCli(["train", corpus, ...flags, ...from, ...set.flatMap((one) => ["--set", one])]);
		assert.equal(stderr, "");
		return join(out, "model");
	};
	const shape = ["model.layers=1", "model.intermediateSize=24", ...settings.slice(0, 5), "evaluation.finalRows=4"];
	const plain = await train(join(folder, "plain"), "code-mlm-small", [...shape, "train.batchTokens=256"]);
	const search = await train(join(folder, "search"), "code-search", settings, "--from", plain);
	const embeddingOf = (model: string) => loadModel(model).about?.["embedding"] as { text: string };
	assert.equal(embeddingOf(search).text, "source");
	assert.deepEqual(loadModel(search).tokenizer, loadModel(plain).tokenizer);
	const words = await train(join(folder, "words"), "code-search", settings);
	const again = await train(join(folder, "again"), "code-search", settings, "--from", words);
	assert.equal(embeddingOf(again).text, "words");
	assert.ok(loadModel(again).tensors.has("pooling.query.weight"));
	const mining = [...settings, "objective.hardNegatives.lexical=2", "objective.hardNegatives.model=3"];
	const sizes = [...mining, "objective.smallerSizes=[16,8]"];
	const harder = await train(join(folder, "harder"), "code-search", sizes, "--from", words);
	assert.deepEqual((embeddingOf(harder) as { sizes?: number[][] }).sizes, [
		[0, 32],
		[0, 16],
		[0, 8],
	]);
	const { negatives } = readPairs(loadCorpus(join(folder, "harder")).examples);
	assert.equal(Math.max(...negatives.offsets.subarray(1).map((end, pair) => end - negatives.offsets[pair]!)), 3); // BM25 finds none: no word is shared
	const { stderr } = await callCli([
		"train",
		corpus,
		"--recipe",
		"code-search",
		...mining.flatMap((one) => ["--set", one]),
	]);
	assert.match(stderr, /^objective\.hardNegatives\.model asks for functions .* --from\.\n$/);
});

test("a corpus with too few documented functions is refused in one sentence", async (context: TestContext) => {
	const recipe = applyOverrides(codeSearch.recipe, [...settings, "tokenizer.vocabularySize=280"]);
	const corpus = writeCorpus(join(temporaryFolder(context), "corpus"), 6);
	await assert.rejects(prepareCorpus(corpus, recipe), (error) => {
		return isError(error, "emptyCorpus") && /^Too few functions here are documented/.test(error.message);
	});
});
