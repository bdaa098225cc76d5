import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type TrainingEvent, trainingEventSchema } from "../../../sidecar/protocol/events.ts";
import { fillResultSchema, modelsSchema, runsSchema } from "../../../sidecar/protocol/outputs.ts";
import { heldOutSchema } from "../../../sidecar/protocol/scores.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinySettings, writeTinyCorpus } from "../../support/tinyTraining.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const main = join(import.meta.dirname, "..", "..", "..", "sidecar", "cli", "main.ts");

interface Place {
	readonly home: string;
	readonly corpus: string;
	readonly out: string;
}

function place(context: TestContext): Place {
	const folder = temporaryFolder(context);
	writeTinyCorpus(join(folder, "corpus"));
	return { home: join(folder, "home"), corpus: join(folder, "corpus"), out: join(folder, "out") };
}

function start(args: readonly string[], { home }: Place): ChildProcess {
	const env = { ...process.env, MASKWRIGHT_HOME: home };
	return spawn(process.execPath, ["--import", "tsx", main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function finish(child: ChildProcess, onOutput: (stdout: string) => void = () => {}) {
	const output = { stdout: "", stderr: "" };
	child.stdout?.on("data", (chunk: Buffer) => {
		output.stdout += chunk.toString();
		onOutput(output.stdout);
	});
	child.stderr?.on("data", (chunk: Buffer) => {
		output.stderr += chunk.toString();
	});
	const [exitCode] = (await once(child, "close")) as [number | null];
	return { exitCode, ...output };
}

const call = (args: readonly string[], at: Place) => finish(start(args, at));

function eventsOf(stdout: string): TrainingEvent[] {
	const lines = stdout.trimEnd().split("\n");
	return lines.map((line) => trainingEventSchema.parse(JSON.parse(line)));
}

function train(at: Place, ...more: string[]): string[] {
	return ["train", at.corpus, ...tinySettings, "--device", "cpu", "--threads", "1", "--out", at.out, "--json", ...more];
}

test("a run tells its events in order, and its model is listed, in use, filled with and scored", async (context) => {
	const at = place(context);
	const { exitCode, stdout, stderr } = await call(train(at, "--steps", "3"), at);
	assert.deepEqual([exitCode, stderr], [0, ""]);
	const events = eventsOf(stdout);
	assert.deepEqual([events[0]?.event, events[1]?.event, events.at(-1)?.event], ["run", "corpus", "done"]);
	const steps = events.filter(({ event }) => event === "step");
	assert.deepEqual(
		steps.map((event) => "step" in event && event.step),
		[1, 2, 3],
	);
	const checkpoints = events.filter(({ event }) => event === "checkpoint");
	assert.deepEqual(
		checkpoints.map((event) => "step" in event && event.step),
		[0, 2, 3],
	);
	assert.ok(readdirSync(join(at.out, "model")).includes("model.safetensors"));

	const runs = runsSchema.parse(JSON.parse((await call(["runs", "--json"], at)).stdout));
	assert.deepEqual(
		runs.map(({ path, state, step }) => [path, state, step]),
		[[at.out, "done", 3]],
	);
	const models = modelsSchema.parse(JSON.parse((await call(["models", "--json"], at)).stdout));
	assert.deepEqual(
		models.map(({ path, architecture }) => [path, architecture]),
		[[join(at.out, "model"), "modernbert"]],
	);

	const text = "\ufeffreturn [MASK] + right;\r\n";
	const filled = fillResultSchema.parse(JSON.parse((await call(["fill", text, "--top", "2", "--json"], at)).stdout));
	const [mask] = filled.masks;
	assert.deepEqual([mask?.start, mask?.end, mask?.candidates.length], [8, 14, 2]);
	assert.equal(filled.text, `\ufeffreturn ${mask?.candidates[0]?.text} + right;\r\n`);
	const evaluation = await call(["eval", "fill", "--data", at.corpus, "--json"], at);
	assert.ok(heldOutSchema.parse(JSON.parse(evaluation.stdout)).tokens > 0);
});

test("Ctrl-C pauses a run with a checkpoint, and resume goes on to the end without a missing step", async (context) => {
	const at = place(context);
	const child = start(train(at, "--steps", "40"), at);
	let asked = false;
	const paused = await finish(child, (stdout) => {
		if (!asked && stdout.includes('"step":5,')) asked = child.kill("SIGINT");
	});
	assert.equal(paused.exitCode, 130);
	assert.match(paused.stderr, /^Paused with a checkpoint\. Go on with: maskwright resume \S+out\n$/);
	assert.equal(eventsOf(paused.stdout).at(-1)?.event, "paused");

	const resumed = await call(["resume", at.out, "--json"], at);
	assert.deepEqual([resumed.exitCode, resumed.stderr], [0, ""]);
	const metrics = eventsOf(readFileSync(join(at.out, "metrics.jsonl"), "utf8"));
	const steps = metrics.flatMap((event) => (event.event === "step" ? [event.step] : []));
	assert.deepEqual(
		steps,
		Array.from({ length: 40 }, (_, index) => index + 1),
	);
	assert.equal(metrics.at(-1)?.event, "done");
});

test("calls that cannot work end with one sentence and leave nothing behind", async (context) => {
	const at = place(context);
	useUserFolder(context, at.home);
	const empty = join(at.home, "..", "empty");
	mkdirSync(empty);
	const rows: [args: string[], exitCode: number, says: RegExp][] = [
		[["train", join(at.corpus, "nowhere"), "--out", at.out], 1, /nowhere does not exist/],
		[["train", empty, "--out", at.out], 1, /./],
		[
			["train", at.corpus, "--recipe", "nothing", "--out", at.out],
			1,
			/There is no recipe nothing\. Name one of code-mlm-adapt/,
		],
		[["train", at.corpus, "--set", "model.depth=4", "--out", at.out], 2, /unknown key model\.depth/],
		[["train", at.corpus, "--set", "model.layers=many", "--out", at.out], 2, /model\.layers/],
		[["train", at.corpus, "--set", "train.budget.steps=4", "--minutes", "1", "--out", at.out], 2, /both budgets/],
		[["train", at.corpus, "--set", "tokenizer.vocabularySize=60000", "--out", at.out], 1, /vocabulary/],
		[["train", at.corpus, "--from", "nothing", "--out", at.out], 1, /There is no model nothing/],
		[["train", at.corpus, "--out", at.corpus], 2, /exists and is not empty/],
		[["resume", "nothing"], 1, /There is no run nothing/],
		[["fill", "[MASK]"], 1, /There is no model yet\. Train one/],
		[["fill", "[MASK]", "--model", "nothing"], 1, /There is no model nothing/],
		[["eval", "fill", "--data", at.corpus], 1, /There is no model yet/],
		[["corpus", join(at.corpus, "nowhere")], 1, /nowhere does not exist/],
	];
	for (const [args, exitCode, says] of rows) {
		const result = await callCli([...args, "--json"]);
		assert.deepEqual([result.exitCode, result.stdout], [exitCode, ""], `${args.join(" ")}: ${result.stderr}`);
		assert.match(result.stderr, says);
		assert.ok(result.stderr.split("\n").length <= 5 && !/^\s+at /m.test(result.stderr), result.stderr);
	}
	assert.ok(!existsSync(at.out), "the run's folder was made");
	assert.deepEqual(readdirSync(at.corpus).sort(), ["part0", "part1", "part2"]);
	assert.ok(!existsSync(at.home), "the user's folder was made");
});
