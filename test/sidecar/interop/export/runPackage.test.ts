import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { isError } from "../../../../sidecar/base/errors.ts";
import { fill } from "../../../../sidecar/inference/fill.ts";
import { openModel } from "../../../../sidecar/inference/loadedModel.ts";
import { exportModel } from "../../../../sidecar/interop/export/exportModel.ts";
import { packageOfRecipe } from "../../../../sidecar/interop/export/runPackage.ts";
import { codeSearch } from "../../../../sidecar/recipes/codeSearch.ts";
import { plainBert } from "../../../../sidecar/recipes/plainBert.ts";
import { writeNewFolder } from "../../../../sidecar/store/newFolder.ts";
import { saveRunRecipe } from "../../../../sidecar/store/runs.ts";
import { saveCorpus } from "../../../../sidecar/train/corpusFile.ts";
import { prepareCorpus } from "../../../../sidecar/train/prepare.ts";
import type { Recipe } from "../../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../../sidecar/train/recipeChanges.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";
import { lossesOf, runTiny, tinyRecipe } from "../../../support/tinyRun.ts";
import { writeTinyCorpus } from "../../../support/tinyTraining.ts";

/** Debian's own, which has Debian's python3-torch. */
const python = "/usr/bin/python3";
const skip = hasTorch() ? false : "PyTorch is not here: install python3-torch and python3-numpy to compare with it.";

function hasTorch(): boolean {
	try {
		execFileSync(python, ["-c", "import torch, numpy"], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
}

interface Line {
	readonly event?: string;
	readonly step: number;
	readonly loss: number;
	readonly top1: number;
	readonly learningRate: number;
	readonly gradientNorm: number;
}

const run = promisify(execFile);

/** What the package's script tells, line by line. */
async function trainInPython(
	folder: string,
	args: readonly string[] = [],
	env: NodeJS.ProcessEnv = {},
): Promise<Line[]> {
	const { stdout } = await run(python, [join(folder, "train.py"), "--device", "cpu", ...args], {
		env: { ...process.env, OMP_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1", ...env },
	});
	const lines = stdout.split("\n").filter((line) => line !== "");
	return lines.map((line) => JSON.parse(line) as Line);
}

/** Two processes with what torchrun and accelerate set for each: Debian's torchrun 1.13 breaks on its Python 3.11. */
async function trainInTwoProcesses(folder: string, args: readonly string[]): Promise<Line[]> {
	const port = String(await freePort());
	const [first, second] = await Promise.all(
		["0", "1"].map((rank) =>
			trainInPython(folder, args, {
				RANK: rank,
				LOCAL_RANK: rank,
				WORLD_SIZE: "2",
				MASTER_ADDR: "127.0.0.1",
				MASTER_PORT: port,
			}),
		),
	);
	assert.deepEqual(second, []); // the first alone tells
	return first!;
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}

const stepsOf = (lines: readonly Line[]): Line[] => lines.filter(({ event }) => event === "step");

let corpusFolder = "";
before((context) => {
	corpusFolder = temporaryFolder(context as Parameters<typeof temporaryFolder>[0]);
	writeTinyCorpus(corpusFolder);
});

/** A run in a folder, as `maskwright train` leaves it, and the losses of its steps. */
async function trainHere(folder: string, recipe: Recipe): Promise<{ losses: number[]; events: Line[] }> {
	const corpus = await prepareCorpus(corpusFolder, recipe);
	mkdirSync(folder, { recursive: true });
	saveRunRecipe(folder, recipe);
	saveCorpus(folder, corpus);
	const { events } = await runTiny({ recipe, folder, corpus });
	return { losses: lossesOf(events), events: events as unknown as Line[] };
}

const twenty = [
	'train.budget={"steps":20}',
	"checkpoint.everySteps=10",
	"evaluation.everySteps=10",
	"train.learningRate=5e-3",
];
const allStrategies = JSON.stringify([
	{ name: "random", weight: 1 },
	{ name: "wholeWord", weight: 1 },
	{ name: "span", weight: 1, probability: 0.2, maximum: 10 },
	{ name: "identifier", weight: 1 },
	{ name: "syntax", weight: 1, classes: { call: 2, identifier: 1 }, tokens: "one", longest: 4 },
	{ name: "dataflow", weight: 1, ends: "uses" },
]);
const someKept = 'masking.replacement={"mask":0.8,"random":0.1,"keep":0.1}';

const recipes: Record<string, Recipe> = {
	"ModernBERT with Muon": tinyRecipe(...twenty),
	"ModernBERT with AdamW, windows, micro-batches and every masking strategy": tinyRecipe(
		...twenty,
		'optimizer={"kind":"adamw"}',
		"optimizer.weightDecay=0.1",
		"model.layers=3",
		"model.globalAttentionEveryNLayers=2",
		"model.localAttention=8",
		"train.microBatchTokens=64",
		"train.seed=9007199254740991",
		"schedule.kind=cosine",
		`masking.strategies=${allStrategies}`,
		someKept,
	),
	"BERT with Muon": applyOverrides(tinyRecipe(...twenty), [
		`model=${JSON.stringify({ ...plainBert.recipe.model, layers: 2, hiddenSize: 16, heads: 2, intermediateSize: 24, maxPositions: 32 })}`,
		"data.packing=padded",
		"objective.rows=all",
	]),
	"RoBERTa with gates, rotary positions and AdamW": applyOverrides(tinyRecipe(...twenty), [
		'model={"architecture":"roberta","layers":2,"hiddenSize":16,"heads":2,"intermediateSize":24,"maxPositions":32,"activation":"gelu_new","layerNormEps":1e-5,"positionEmbedding":"rope","feedForward":"geglu","typeVocabularySize":1,"globalRopeTheta":10000,"localRopeTheta":100,"globalAttentionEveryNLayers":2,"localAttention":6,"initializer":{"std":0.05}}',
		'optimizer={"kind":"adamw","beta1":0.8,"beta2":0.95,"epsilon":1e-6,"weightDecay":0.05}',
		"schedule.kind=warmupStableDecay",
		"schedule.decay=0.5",
		"schedule.shape=sqrt",
	]),
};

for (const [name, recipe] of Object.entries(recipes)) {
	test(`${name}: the first 20 losses in PyTorch are ours to 1e-4`, { skip }, async (context) => {
		const folder = temporaryFolder(context);
		const here = await trainHere(join(folder, "run"), recipe);
		const out = join(folder, "package");
		await exportModel({ path: join(folder, "run"), format: "pytorch", folder: out });
		const lines = await trainInPython(out);
		const there = stepsOf(lines);
		assert.equal(here.losses.length, 20);
		assert.equal(there.length, 20);
		const gap = Math.max(...here.losses.map((loss, step) => Math.abs(loss - there[step]!.loss)));
		context.diagnostic(`largest difference of a loss: ${gap.toExponential(1)}`);
		assert.ok(gap < 1e-4, `the losses differ by ${gap}: ${here.losses} and ${there.map(({ loss }) => loss)}`);
		const ours = stepsOf(here.events);
		for (const [step, line] of ours.entries()) {
			assert.ok(Math.abs(line.learningRate - there[step]!.learningRate) < 1e-12);
			assert.ok(Math.abs(line.gradientNorm / there[step]!.gradientNorm - 1) < 2e-3);
		}
	});
}

test("a run that two processes began and one goes on with takes the same steps, is scored alike and ends as a model of ours", {
	skip,
}, async (context) => {
	const folder = temporaryFolder(context);
	const recipe = recipes["ModernBERT with Muon"]!;
	const here = await trainHere(join(folder, "run"), recipe);
	const out = join(folder, "package");
	await exportModel({ path: join(folder, "run"), format: "pytorch", folder: out });
	const first = await trainInTwoProcesses(out, ["--stop-after", "7", "--micro-rows", "3"]);
	const second = await trainInPython(out);
	const there = [...stepsOf(first), ...stepsOf(second)];
	assert.deepEqual(
		there.map(({ step }) => step),
		Array.from({ length: 20 }, (_, at) => at + 1),
	);
	const gap = Math.max(...here.losses.map((loss, step) => Math.abs(loss - there[step]!.loss)));
	context.diagnostic(`largest difference of a loss: ${gap.toExponential(1)}`);
	assert.ok(gap < 1e-4, `the losses differ by ${gap}`);
	const scores = (lines: readonly Line[]): Line =>
		lines.find(({ event, step }) => event === "evaluation" && step === 10)!;
	assert.ok(Math.abs(scores(here.events).loss - scores(second).loss) < 1e-4);
	assert.equal(scores(here.events).top1, scores(second).top1);
	assert.deepEqual(readdirSync(join(out, "checkpoints")).sort(), ["step-10", "step-20"]);
	const model = openModel(join(out, "model"), { executionProvider: "cpu", threads: 1 });
	const { masks } = await fill(model, "export function [MASK](", { top: 3 });
	await model.release();
	assert.equal(masks[0]!.candidates.length, 3);
});

test("a package at the newest checkpoint goes on where Maskwright stopped, with AdamW's and Muon's state", {
	skip,
}, async (context) => {
	const folder = temporaryFolder(context);
	const recipe = recipes["BERT with Muon"]!;
	const run = join(folder, "run");
	const corpus = await prepareCorpus(corpusFolder, recipe);
	mkdirSync(run);
	saveRunRecipe(run, recipe);
	saveCorpus(run, corpus);
	await runTiny({ recipe, folder: run, corpus, pauseAfter: 12 });
	const out = join(folder, "package");
	await exportModel({ path: run, format: "pytorch", folder: out, at: "newest" });
	assert.equal(existsSync(join(out, "data", "initial")), false);
	const whole = await runTiny({ recipe, folder: join(folder, "whole"), corpus });
	const elsewhere = join(folder, "a", "shared disk");
	const there = stepsOf(await trainInPython(out, ["--out", elsewhere]));
	assert.deepEqual(readdirSync(elsewhere).sort(), ["checkpoints", "metrics.jsonl", "model"]);
	assert.equal(there[0]!.step, 13);
	const gap = Math.max(
		...lossesOf(whole.events)
			.slice(12)
			.map((loss, at) => Math.abs(loss - there[at]!.loss)),
	);
	context.diagnostic(`largest difference of a loss: ${gap.toExponential(1)}`);
	assert.ok(gap < 1e-4, `the losses differ by ${gap}`);
});

test("a recipe and a corpus make the package of a run that is yet to begin: that of the run itself", async (context) => {
	const folder = temporaryFolder(context);
	const recipe = tinyRecipe('train.budget={"steps":1}');
	await trainHere(join(folder, "run"), recipe);
	const begun = join(folder, "begun");
	await exportModel({ path: join(folder, "run"), format: "pytorch", folder: begun });
	const fresh = join(folder, "fresh");
	const { files } = await packageOfRecipe(recipe, corpusFolder);
	const sizes = writeNewFolder(fresh, files());
	assert.ok(sizes.size > 15);
	for (const path of sizes.keys()) {
		assert.ok(readFileSync(join(fresh, path)).equals(readFileSync(join(begun, path))), `${path} differs`);
	}
	assert.equal(
		readdirSync(fresh, { recursive: true }).some((name) => /\.(pt|pth|bin|pkl|pickle)$/.test(String(name))),
		false,
	);
});

test("what PyTorch's script can't go on with is refused, and nothing is written", async (context) => {
	const folder = temporaryFolder(context);
	const run = join(folder, "run");
	saveRunRecipe(run, codeSearch.recipe);
	const out = join(folder, "out");
	await assert.rejects(
		exportModel({ path: run, format: "pytorch", folder: out }),
		(error) => isError(error, "usage") && /the objective here is codeSearch/.test(error.message),
	);
	await assert.rejects(
		exportModel({ path: folder, format: "pytorch", folder: out }),
		(error) => isError(error, "usage") && /was made by no run/.test(error.message),
	);
	await assert.rejects(
		exportModel({ path: run, format: "pytorch", folder }),
		(error) => isError(error, "usage") && /exists and is not empty/.test(error.message),
	);
	assert.deepEqual(readdirSync(folder), ["run"]);
});
