import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { exportReportSchema } from "../../../sidecar/protocol/outputs.ts";
import { callCli } from "../../support/callCli.ts";
import { asOrdinaryUser, smallDisk } from "../../support/refusingDisk.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinyShape, writeTinyCorpus } from "../../support/tinyTraining.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const settings = [...tinyShape, 'train.budget={"steps":1}'].flatMap((setting) => ["--set", setting]);

test("export writes a run that is yet to begin, tells its files, and refuses what stands there", async (context) => {
	useUserFolder(context, temporaryFolder(context));
	const folder = temporaryFolder(context);
	const corpus = join(folder, "corpus");
	writeTinyCorpus(corpus);
	const out = join(folder, "out");
	const args = ["export", corpus, "--format", "pytorch", "--recipe", "code-mlm-small", ...settings, "--out"];
	const first = await callCli([...args, out, "--json"]);
	assert.deepEqual([first.exitCode, first.stderr], [0, ""]);
	const report = exportReportSchema.parse(JSON.parse(first.stdout));
	assert.deepEqual([report.format, report.path, report.notes], ["pytorch", out, []]);
	const listed = report.files.map(({ path }) => path);
	for (const name of ["train.py", "recipe.json", "data/rows.safetensors", "README.md"])
		assert.ok(listed.includes(name));
	assert.ok(listed.every((path) => existsSync(join(out, path))));
	const again = await callCli([...args, out]);
	assert.deepEqual(
		[again.exitCode, again.stdout, again.stderr],
		[2, "", `${out} exists and is not empty. Name a new or empty folder.\n`],
	);
	const told = await callCli([...args, join(folder, "told")]);
	assert.match(told.stdout, /^Wrote \d+ files, [\d.]+ [kM]B, to .*told:\n {2}train\.py {2}\d/);
});

test("wrong calls of export are told in a line and write nothing", async (context) => {
	useUserFolder(context, temporaryFolder(context));
	const folder = temporaryFolder(context);
	const out = join(folder, "out");
	const calls: [args: string[], exitCode: number, says: RegExp][] = [
		[["export", "none", "--format", "onnx", "--out", out], 1, /^There is no model none\./],
		[["export", "none", "--format", "pytorch", "--out", out], 1, /^There is no model none\./],
		[
			["export", "none", "--format", "gguf", "--out", out],
			2,
			/Allowed choices are maskwright, huggingface, onnx, pytorch/,
		],
		[["export", "none", "--out", out], 2, /--format/],
		[["export", "none", "--format", "onnx"], 2, /--out/],
		[["export", "none", "--format", "onnx", "--at", "newest", "--out", out], 2, /for --format pytorch alone/],
		[
			["export", "none", "--format", "pytorch", "--set", "train.seed=2", "--out", out],
			2,
			/none is named with --recipe/,
		],
	];
	for (const [args, exitCode, says] of calls) {
		const result = await callCli(args);
		assert.deepEqual([result.exitCode, result.stdout], [exitCode, ""], args.join(" "));
		assert.match(result.stderr, says);
	}
	assert.deepEqual(readdirSync(folder), []);
});

test("a full disk and a folder that may not be written leave nothing half written", async (context) => {
	useUserFolder(context, temporaryFolder(context));
	const folder = temporaryFolder(context);
	const corpus = join(folder, "corpus");
	writeTinyCorpus(corpus);
	const closed = join(folder, "closed");
	mkdirSync(closed, { mode: 0o555 });
	const args = ["export", corpus, "--format", "pytorch", "--recipe", "code-mlm-small", ...settings, "--out"];
	chmodSync(folder, 0o755); // for the other user to read the corpus
	await asOrdinaryUser(async () => {
		const { exitCode, stderr } = await callCli([...args, join(closed, "out")]);
		assert.equal(exitCode, 1);
		assert.match(stderr, /No permission for/);
	});
	assert.deepEqual(readdirSync(closed), []);
	const disk = smallDisk(context, 96);
	if (disk === undefined) return;
	const full = await callCli([...args, join(disk, "out")]);
	assert.equal(full.exitCode, 1);
	assert.match(full.stderr, /The disk is full/);
	assert.deepEqual(readdirSync(disk), []);
});
