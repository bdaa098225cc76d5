import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import type { ModelParts } from "../../../sidecar/inference/loadedModel.ts";
import { attentionSchema } from "../../../sidecar/protocol/inspect/attention.ts";
import { masksSchema } from "../../../sidecar/protocol/inspect/masks.ts";
import { saliencySchema } from "../../../sidecar/protocol/inspect/saliency.ts";
import { surprisalSchema } from "../../../sidecar/protocol/inspect/surprisal.ts";
import { useModel } from "../../../sidecar/store/modelInUse.ts";
import { callCli } from "../../support/callCli.ts";
import { saveInHome } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinyFillModel } from "../../support/tinyFillModel.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const code = "def add(a, b):\r\n    total = a + b\r\n    return total\r\n";
let parts: ModelParts;

before(async () => {
	parts = await tinyFillModel([code, "for a in total:\n    add(a, b)\n"], { vocabularySize: 285, steps: 5 });
});

function fileAndModel(context: TestContext): string {
	const home = temporaryFolder(context);
	useUserFolder(context, home);
	useModel(saveInHome(home, "tiny", parts), { home });
	const file = join(home, "add.py");
	writeFileSync(file, code);
	return file;
}

test("masks tells every token of a file, or of some lines, and the counts beside the nominal ones", async (context) => {
	const file = fileAndModel(context);
	const { exitCode, stdout } = await callCli(["masks", file, "--recipe", "code-mlm-small", "--seed", "4", "--json"]);
	assert.equal(exitCode, 0);
	const report = masksSchema.parse(JSON.parse(stdout));
	assert.equal(report.tokens.map(({ start, end }) => code.slice(start, end)).join(""), code);
	assert.deepEqual([report.recipe, report.seed, report.models], ["code-mlm-small", 4, []]);
	const lines = masksSchema.parse(
		JSON.parse((await callCli(["masks", `${file}:2-3`, "--seed", "4", "--json"])).stdout),
	);
	const inLines = report.tokens.filter(({ end }) => end > code.indexOf("    total"));
	assert.deepEqual(lines.tokens, inLines);
	const table = await callCli(["masks", file, "--strategy", "span", "--rate", "0.5"]);
	assert.match(table.stdout, /chosen +\d+ +\d+\.\d% +50\.0%/);
	assert.match(table.stdout, /by span/);
});

test("surprisal tells every token and ranks the lines", async (context) => {
	const file = fileAndModel(context);
	const report = surprisalSchema.parse(JSON.parse((await callCli(["surprisal", file, "--json"])).stdout));
	assert.deepEqual([report.tokens.map(({ text }) => text).join(""), report.unit], [code, "bits"]);
	assert.deepEqual(report.lines.map(({ line }) => line).sort(), [1, 2, 3]);
	assert.ok(report.lines.every(({ surprisal }, at) => at === 0 || surprisal <= report.lines[at - 1]!.surprisal));
	const { stdout } = await callCli(["surprisal", `${file}:2`]);
	assert.match(stdout, /pseudo-perplexity \d+\.\d \(tiny\)\nbits\/token +line\n +\d+\.\d\d +2 +total = a \+ b/);
});

test("attention prints rows that sum to one, of all heads or of one", async (context) => {
	const file = fileAndModel(context);
	const all = attentionSchema.parse(
		JSON.parse((await callCli(["attention", `${file}:1-2`, "--rollout", "--json"])).stdout),
	);
	assert.deepEqual([all.layers.length, all.layers[0]!.length], [2, 2]);
	for (const row of [...all.layers.flat(2), ...all.rollout!]) {
		assert.ok(Math.abs(row.reduce((sum, share) => sum + share, 0) - 1) < 1e-5);
	}
	const one = await callCli(["attention", `${file}:1-2`, "--layer", "1", "--head", "0", "--json"]);
	const { layers, firstLayer, firstHead } = attentionSchema.parse(JSON.parse(one.stdout));
	assert.deepEqual([layers.length, layers[0]!.length, firstLayer, firstHead], [1, 1, 1, 0]);
	assert.deepEqual(layers[0]![0], all.layers[1]![0]);
	assert.match((await callCli(["attention", file])).stdout, /edges of data flow/);
	const none = await callCli(["attention", file, "--layer", "9"]);
	assert.deepEqual(
		[none.exitCode, none.stderr],
		[2, "The model has no layer 9 with a head 0: its layers are 0 to 1, and the heads of each 0 to 1.\n"],
	);
});

test("saliency explains the token at a line and column", async (context) => {
	const file = fileAndModel(context);
	const { stdout } = await callCli(["saliency", file, "--at", "3:12", "--json"]);
	const report = saliencySchema.parse(JSON.parse(stdout));
	const token = report.tokens[report.position]!;
	assert.ok(token.start <= code.lastIndexOf("total") && token.end > code.lastIndexOf("total"));
	assert.equal(report.integratedGradients.length, report.tokens.length);
	assert.match((await callCli(["saliency", file, "--at", "3:12"])).stdout, /the gradients miss 0\.\d%/);
	const beyond = await callCli(["saliency", file, "--at", "3:99"]);
	assert.deepEqual([beyond.exitCode, beyond.stderr], [2, "Line 3 has 18 columns and none of the number 99.\n"]);
});

test("a file or lines that are not there, and no model, are told in a sentence", async (context) => {
	const file = fileAndModel(context);
	const missing = await callCli(["surprisal", "none.py"]);
	assert.deepEqual([missing.exitCode, /none\.py cannot be read/.test(missing.stderr)], [1, true]);
	const lines = await callCli(["masks", `${file}:3-9`]);
	assert.deepEqual([lines.exitCode, lines.stderr], [2, "There are no lines 3 to 9: the file has 4, counted from 1.\n"]);
	useUserFolder(context, temporaryFolder(context));
	assert.match((await callCli(["masks", file])).stderr, /There is no model yet/);
});
