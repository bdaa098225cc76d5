import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import type { ModelParts } from "../../../sidecar/inference/loadedModel.ts";
import { type Generation, generationSchema } from "../../../sidecar/protocol/generate.ts";
import { useModel } from "../../../sidecar/store/modelInUse.ts";
import { callCli } from "../../support/callCli.ts";
import { saveInHome } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinyFillModel } from "../../support/tinyFillModel.ts";
import { tinySettings, writeTinyCorpus } from "../../support/tinyTraining.ts";
import { useUserFolder } from "../../support/userFolder.ts";

let parts: ModelParts;

before(async () => {
	parts = await tinyFillModel(["total = a + b\n", "for a in total:\n    add(a, b)\n"], {
		vocabularySize: 275,
		steps: 5,
	});
});

function folderAndModel(context: TestContext): string {
	const home = temporaryFolder(context);
	useUserFolder(context, home);
	useModel(saveInHome(home, "tiny", parts), { home });
	return home;
}

async function generated(...args: string[]): Promise<Generation> {
	const { exitCode, stdout, stderr } = await callCli(["generate", ...args, "--json"]);
	assert.equal(stderr, "");
	assert.equal(exitCode, 0);
	return generationSchema.parse(JSON.parse(stdout));
}

test("generate goes on with a text or at a place of a file, and fills so many tokens at once", async (context) => {
	const folder = folderAndModel(context);
	const text = await generated("total = ", "--tokens", "3");
	assert.deepEqual([text.mode, text.runs, text.candidates.length, text.done], ["sap", 3, 1, true]);
	assert.equal(text.candidates[0]!.tokens, 3);
	const file = join(folder, "add.py");
	writeFileSync(file, "\ufefftotal = \nadd(a, b)\n");
	const placed = await generated("--file", file, "--at", "1:9", "--tokens", "2", "--candidates", "3", "--seed", "4");
	assert.ok(placed.candidates.length >= 1 && placed.candidates.every(({ tokens }) => tokens <= 2));
	assert.deepEqual(
		await generated("--file", file, "--at", "1:9", "--tokens", "2", "--candidates", "3", "--seed", "4"),
		placed,
	);
	const infill = await generated("for a in ", "--mode", "infill", "--tokens", "2");
	const scores = infill.candidates.map(({ pseudoPerplexity }) => pseudoPerplexity!);
	assert.deepEqual(
		scores,
		scores.toSorted((a, b) => a - b),
	);
	assert.equal(infill.text, infill.candidates[0]!.text);
	assert.match((await callCli(["generate", "a", "--mode", "infill"])).stdout, /pseudo-perplexity/);
});

test("generate takes demonstrations, and makes up those whose output is missing", async (context) => {
	const folder = folderAndModel(context);
	const file = join(folder, "examples.jsonl");
	writeFileSync(file, '{"input":"a","output":"b"}\n{"input":"total"}\n');
	const { examples } = await generated("add", "--examples", file, "--tokens", "2", "--masks", "2", "--prompts", "2");
	assert.deepEqual(examples[0], { input: "a", output: "b", pseudoPerplexity: null });
});

test("what is wrong with a call or a file is one sentence, with line and column where there is one", async (context) => {
	const folder = folderAndModel(context);
	const path = (name: string, content: string | Uint8Array): string => {
		writeFileSync(join(folder, name), content);
		return join(folder, name);
	};
	const check = async (args: string[], exit: number, sentence: RegExp): Promise<void> => {
		const { exitCode, stdout, stderr } = await callCli(["generate", ...args, "--json"]);
		assert.equal(stdout, "");
		assert.match(stderr, sentence);
		assert.equal(exitCode, exit, stderr);
	};
	const latin = path("latin.py", Uint8Array.of(97, 10, 98, 0xe9, 10));
	await check(["--file", latin], 1, /line 2, column 2: .*UTF-8/);
	const text = path("a.py", "ab\ncd");
	await check(["--file", text, "--at", "2:9"], 2, /columns are 1 to 3/);
	await check(["--file", text, "--at", "x"], 2, /LINE:COLUMN/);
	await check(["a", "--file", text], 2, /not both/);
	await check(["a", "--at", "1:1"], 2, /--file/);
	await check(["a", "--temperature", "hot"], 2, /temperature/);
	await check(["a", "--mode", "infill", "--tokens", "40"], 1, /more than the model can hold/);
	await check(
		["a", "--examples", path("e.jsonl", '{"input":"a"}\n{"output":"b"}\n')],
		1,
		/line 2, column 1: .*"input"/,
	);
	await check(["a", "--examples", path("f.jsonl", '{"input":"a","output":""}\n')], 1, /line 1, column 14: "output"/);
	await check(["a", "--examples", path("g.jsonl", '{"input":"a",}\n')], 1, /line 1, column 14: .*JSON/);
	await check(["a", "--examples", path("h.jsonl", '{"input":"a","output":"b"}\n'), "--template", "x"], 2, /template/);
});

const tiny = ["--device", "cpu", "--threads", "1", "--json", ...tinySettings];

test("sap trains on a folder, and its model goes on with a text", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	writeTinyCorpus(join(folder, "corpus"));
	const out = join(folder, "out");
	const flags = ["--recipe", "sap", "--steps", "2", "--out", out];
	assert.equal((await callCli(["train", join(folder, "corpus"), ...flags, ...tiny])).exitCode, 0);
	const { candidates } = await generated("export function ", "--tokens", "2", "--model", join(out, "model"));
	assert.equal(candidates[0]!.stopped, "limit");
});

test("pepmlm trains on pairs, and its model writes binders of known letters for a whole target", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	const pairs = join(folder, "pairs.csv");
	const rows = Array.from(
		{ length: 40 },
		(_, at) => `MKT${"LAGVSERTID"[at % 10]}${"PKQNFYMHWC"[(at * 7) % 10]}${at % 2 ? "L" : "AA"},WY${"LAGV"[at % 4]}`,
	);
	writeFileSync(pairs, `target,binder\n${rows.join("\n")}\n`);
	const train = (name: string, ...more: string[]) =>
		callCli(["train", pairs, "--recipe", "pepmlm", "--steps", "2", "--out", join(folder, name), ...more, ...tiny]);
	const { exitCode, stderr } = await train("out");
	assert.equal(stderr, "");
	assert.equal(exitCode, 0);
	const model = ["--mode", "infill", "--tokens", "4", "--whole", "--model", join(folder, "out", "model")];
	const { candidates } = await generated("MKTLLP", ...model);
	assert.ok(candidates.every(({ text, tokens }) => /^[A-Z]{4}$/.test(text) && tokens === 4));
	const refused = async (target: string, sentence: RegExp): Promise<void> => {
		const { exitCode, stderr } = await callCli(["generate", target, ...model, "--json"]);
		assert.match(stderr, sentence);
		assert.ok(exitCode > 0);
	};
	await refused("MK1LLP", /column 3 of the text: "1" is no letter/);
	await refused("M".repeat(30), /nothing is cut off/);
	for (const [row, sentence] of [
		["MKT,W*A", /pairs.csv:42: character 2 of its second text is "\*"/],
		["MKT,", /line 42, column 2: "binder" is empty/],
		[`${"M".repeat(31)},WYA`, /pairs.csv:42: the record has 34 tokens and a row holds 30/],
	] as const) {
		writeFileSync(pairs, `target,binder\n${[...rows, row].join("\n")}\n`);
		const { exitCode, stderr } = await train("bad");
		assert.match(stderr, sentence);
		assert.equal(exitCode, 1);
		assert.equal(existsSync(join(folder, "bad", "model")), false);
	}
	writeFileSync(pairs, `protein,binder\n${rows.join("\n")}\n`);
	assert.match((await train("bad")).stderr, /no column "target"/);
});
