import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openModel } from "../../../sidecar/inference/loadedModel.ts";
import { trainingEventSchema } from "../../../sidecar/protocol/events.ts";
import { fillResultSchema } from "../../../sidecar/protocol/outputs.ts";
import { loadModel } from "../../../sidecar/store/modelFolder.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const settings = [
	"tokenizer.vocabularySize=300",
	"model.layers=1",
	"model.hiddenSize=48",
	"model.heads=2",
	"model.intermediateSize=64",
	"model.maxPositions=32",
	"data.sequenceLength=32",
	"train.batchTokens=512",
	"evaluation.finalRows=4",
	"checkpoint.everySteps=1000",
].flatMap((setting) => ["--set", setting]);

test("ERNIE-Gram is trained on a folder, and one mask is filled with a whole idiom from one run", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	const corpus = join(folder, "corpus");
	writeIdioms(corpus);
	const out = join(folder, "out");
	const flags = ["--recipe", "ernie-gram", "--steps", "200", "--device", "cpu", "--threads", "1", "--json"];
	const trained = await callCli(["train", corpus, ...flags, "--out", out, ...settings]);
	assert.equal(trained.stderr, "");
	const lines = trained.stdout.trimEnd().split("\n");
	assert.equal(trainingEventSchema.parse(JSON.parse(lines.at(-1)!)).event, "done");
	assert.ok(existsSync(join(out, "corpus.safetensors")));

	const stored = loadModel(join(out, "model"));
	assert.deepEqual(
		[...stored.tensors.keys()].filter((name) => name.includes("ngram")),
		[],
		"the weights that fill, search and export read have no row of an n-gram",
	);
	const model = openModel(join(out, "model"), { executionProvider: "cpu", threads: 1 });
	assert.ok(model.ngramHead !== undefined && model.ngramHead.lexicon.count > 5);

	const text = "\t[MASK](value4);\n\treturn items.length;\n";
	const result = await callCli(["fill", text, "--model", join(out, "model"), "--json"]);
	const { candidates } = fillResultSchema.parse(JSON.parse(result.stdout)).masks[0]!;
	const idiom = candidates.find(({ text: candidate }) => candidate === "items.push");
	assert.ok(idiom !== undefined, JSON.stringify(candidates));
	const pieces = model.tokenizer.encode("items.push").ids;
	assert.ok(pieces.length > 1, "it is more than one piece");
	await model.release();
});

test("a recipe without n-grams, or whose masks are not masks, is refused with the reason", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	writeIdioms(join(folder, "corpus"));
	for (const [setting, reason] of [
		['masking.strategies=[{"name":"random"}]', /strategy ngram/],
		['masking.replacement={"mask":0.8,"random":0.1,"keep":0.1}', /replacement\.mask must be 1/],
		["model.globalAttentionEveryNLayers=3", /globalAttentionEveryNLayers must be 1/],
	] as const) {
		const call = ["train", join(folder, "corpus"), "--recipe", "ernie-gram", "--set", setting];
		const { exitCode, stderr } = await callCli(call);
		assert.notEqual(exitCode, 0);
		assert.match(stderr, reason);
	}
});

/** Files in which a list is filled, in several ways. */
function writeIdioms(folder: string): void {
	mkdirSync(folder, { recursive: true });
	for (let file = 0; file < 14; file++) {
		const lines = Array.from({ length: 16 }, (_, line) =>
			line % 4 === 3 ? "\treturn items.length;" : `\titems.push(value${(line * 5 + file) % 10});`,
		);
		writeFileSync(join(folder, `file${file}.ts`), `function fill${file}() {\n${lines.join("\n")}\n}\n`);
	}
}
