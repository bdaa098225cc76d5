import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { classifySchema } from "../../../sidecar/protocol/classify.ts";
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { useUserFolder } from "../../support/userFolder.ts";

/** Texts whose first word tells the label. */
const rows = Array.from({ length: 60 }, (_, at) => {
	const label = at % 2 === 0 ? "bug" : "docs";
	return { text: `${label === "bug" ? "crash" : "typo"} in module ${at}`, label };
});
const jsonl = rows.map((row) => JSON.stringify(row)).join("\n");
const shrunk = [
	...["model.layers=1", "model.hiddenSize=32", "model.heads=2", "model.intermediateSize=48", "model.maxPositions=64"],
	...["data.sequenceLength=64", "train.batchTokens=512", "schedule.warmupSteps=5"],
	...["evaluation.everySteps=1000", "checkpoint.everySteps=1000"],
].flatMap((change) => ["--set", change]);

let folder: string;
let model: string;
let events: TrainingEvent[];

async function train(file: string, out: string, ...more: string[]) {
	const cpu = ["--recipe", "instruct", "--device", "cpu", "--threads", "1", "--steps", "120", "--out", out];
	return await callCli(["train", file, ...cpu, ...shrunk, ...more, "--json"]);
}

function userFolder(context: TestContext): void {
	useUserFolder(context, temporaryFolder(context));
}

before(async (context) => {
	folder = temporaryFolder(context as TestContext);
	useUserFolder(context as TestContext, folder);
	const file = join(folder, "issues.jsonl");
	writeFileSync(file, jsonl);
	const out = join(folder, "run");
	const { exitCode, stdout, stderr } = await train(file, out);
	assert.equal(exitCode, 0, stderr);
	events = stdout
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line) as TrainingEvent);
	model = join(out, "model");
});

test("train --recipe instruct scores the answers of held-out records and masks one token a record", () => {
	const done = events.at(-1);
	assert.ok(done?.event === "done");
	const { region } = done.heldOut;
	assert.ok(region !== undefined && region.tokens === region.records && region.tokens > 0);
	assert.ok(region.top1! > 0.5, String(region.top1));
	const { roles } = JSON.parse(readFileSync(join(model, "maskwright.json"), "utf8")) as { roles: unknown };
	assert.deepEqual(roles, ["completion", "classification"]);
});

test("classify tells the label of a file, of each line and of each record", async (context) => {
	userFolder(context);
	const file = join(folder, "one.txt");
	writeFileSync(file, "crash in module 99");
	const ask = async (...args: string[]) => {
		const { exitCode, stdout, stderr } = await callCli(["classify", ...args, "--model", model, "--json"]);
		assert.equal(exitCode, 0, stderr);
		return classifySchema.parse(JSON.parse(stdout));
	};
	const one = await ask(file, "--labels", "bug,docs");
	assert.deepEqual([one.items.length, one.trained], [1, true]);
	assert.equal(one.items[0]!.label, "bug");
	const turned = await ask(file, "--labels", "docs,bug");
	assert.deepEqual(turned.items, one.items, "the order in which labels are named decides nothing");
	const sum = one.items[0]!.probabilities.reduce((total, { probability }) => total + probability, 0);
	assert.ok(Math.abs(sum - 1) < 1e-6);
	writeFileSync(file, "typo in module 1\n\ncrash in module 2\n");
	const lines = await ask(file, "--labels", "bug,docs", "--lines");
	assert.deepEqual(
		lines.items.map(({ label }) => label),
		["docs", "bug"],
	);
	const labels = join(folder, "labels.txt");
	writeFileSync(labels, "bug\ndocs\n");
	const records = await ask(join(folder, "issues.jsonl"), "--labels-file", labels, "--jsonl", "text");
	assert.equal(records.items.length, rows.length);
	const right = records.items.filter(({ label }, at) => label === rows[at]!.label).length;
	assert.ok(right > 50, String(right));
	const table = await callCli(["classify", file, "--labels", "bug,docs", "--lines", "--model", model]);
	assert.match(table.stdout, /line 3 +bug +\d+\.\d%/);
	assert.match(table.stdout, /2 texts: bug 1, docs 1/);
});

test("an adapter that was trained on labels classifies as it learned, and says so", async (context) => {
	userFolder(context);
	const [base, adapter] = [join(folder, "base"), join(folder, "adapter")];
	const file = join(folder, "issues.jsonl");
	const lora = ["--from", join(base, "model"), "--steps", "2", "--set", 'adapter={"kind":"lora","rank":2,"alpha":4}'];
	const plain = [
		"--set",
		"data.reader.name=labelled",
		"--steps",
		"2",
		"--set",
		'masking.strategies=[{"name":"random"}]',
	];
	for (const [out, more] of [[base, plain] as const, [adapter, lora] as const]) {
		const { exitCode, stderr } = await train(file, out, ...more);
		assert.equal(exitCode, 0, stderr);
	}
	const text = join(folder, "two.txt");
	writeFileSync(text, "crash in module 98");
	const ask = async (asked: string) => {
		const { exitCode, stdout, stderr } = await callCli([
			"classify",
			text,
			"--labels",
			"bug,docs",
			"--model",
			asked,
			"--json",
		]);
		assert.equal(exitCode, 0, stderr);
		return classifySchema.parse(JSON.parse(stdout)).trained;
	};
	assert.deepEqual([await ask(join(base, "model")), await ask(join(adapter, "model"))], [false, true]);
	const guess = await callCli(["classify", text, "--labels", "bug,docs", "--model", join(base, "model")]);
	assert.match(guess.stdout, /base was never trained on labels, so this is a guess\./);
});

test("Wrong use and bad files are one sentence, and nothing is written", async (context) => {
	userFolder(context);
	const file = join(folder, "bad.csv");
	const cases: readonly (readonly [args: readonly string[], exitCode: number, sentence: RegExp])[] = [
		[[file], 2, /--labels/],
		[[file, "--labels", "bug"], 2, /two labels/],
		[[file, "--labels", "bug,bug"], 2, /twice/],
		[[file, "--labels", "a,b", "--lines", "--jsonl", "text"], 2, /three ways/],
		[["-", "--labels", "a,b", "--diff"], 2, /need a file/],
		[[file, "--labels", "a,b", "--jsonl", "body"], 1, /bad\.csv, line 1, column 1: there is no column "body"/],
	];
	writeFileSync(file, "text,label\ncrash,bug\n");
	for (const [args, exitCode, sentence] of cases) {
		const result = await callCli(["classify", ...args, "--model", model, "--json"]);
		assert.equal(result.exitCode, exitCode, `${args.join(" ")}: ${result.stderr}`);
		assert.match(result.stderr, sentence);
		assert.equal(result.stdout, "");
	}
	writeFileSync(file, "text,label\ncrash,bug\ntypo,\n");
	const out = join(folder, "bad-run");
	const bad = await train(file, out);
	assert.equal(bad.exitCode, 1);
	assert.match(bad.stderr, /bad\.csv, line 3, column 2: "label" is empty/);
	assert.equal(existsSync(out), false);
	const sentences = join(folder, "states.csv");
	writeFileSync(sentences, "text,label\none,not yet\ntwo,all done\nthree,not yet\n");
	const words = await train(sentences, out, "--set", "data.reader.template.listing=words");
	assert.equal(words.exitCode, 1, words.stderr);
	assert.match(words.stderr, /states\.csv:\d+: the answer "[\w ]+" is \d+ tokens of the vocabulary/);
	assert.equal(existsSync(out), false);
});
