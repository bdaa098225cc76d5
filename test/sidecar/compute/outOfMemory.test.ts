import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { writeTinyCorpus } from "../../support/tinyTraining.ts";

const main = join(import.meta.dirname, "..", "..", "..", "sidecar", "cli", "main.ts");

/** One step of 32,768 tokens whose logits alone are 130 MB, with at most `kilobytes` of data, or no limit. */
function oneStep(context: Parameters<typeof temporaryFolder>[0], kilobytes: number | "unlimited"): TrainingEvent[] {
	const folder = temporaryFolder(context);
	const corpus = join(folder, "corpus");
	writeTinyCorpus(corpus, 60);
	const settings = [
		"tokenizer.vocabularySize=1000",
		"tokenizer.minFrequency=1",
		"model.layers=1",
		"model.hiddenSize=16",
		"model.heads=2",
		"model.intermediateSize=16",
		"model.maxPositions=32",
		"data.sequenceLength=32",
		"train.batchTokens=65536",
		"masking.rate=0.5",
		"evaluation.finalRows=4",
	].flatMap((setting) => ["--set", setting]);
	const command = `ulimit -d ${kilobytes} && exec "$@"`;
	const call = [process.execPath, "--import", "tsx", main, "train", corpus, ...settings];
	const flags = ["--steps", "1", "--device", "cpu", "--threads", "1", "--json", "--out", join(folder, "out")];
	const stdout = execFileSync("bash", ["-c", command, "bash", ...call, ...flags], {
		encoding: "utf8",
		env: { ...process.env, MASKWRIGHT_HOME: join(folder, "home") },
	});
	return stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as TrainingEvent);
}

test("out of memory halves the micro-batch and keeps the effective batch", {
	skip: process.platform !== "linux" && "ulimit -d limits memory on Linux alone",
}, (context) => {
	const free = oneStep(context, "unlimited");
	const tight = oneStep(context, 600_000);
	const halved = tight.filter(({ event }) => event === "outOfMemory");
	assert.ok(halved.length > 0, "the limit was too generous to be met");
	assert.equal(free.filter(({ event }) => event === "outOfMemory").length, 0);
	const loss = (events: readonly TrainingEvent[]): number =>
		events.flatMap((event) => (event.event === "step" ? [event.loss] : []))[0]!;
	assert.ok(Math.abs(loss(tight) - loss(free)) < 1e-4, `${loss(tight)} is not ${loss(free)}`);
});
