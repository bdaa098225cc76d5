import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type TrainingEvent, trainingEventSchema } from "../../../sidecar/protocol/events.ts";
import { fillResultSchema } from "../../../sidecar/protocol/outputs.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinySettings, writeTinyCorpus } from "../../support/tinyTraining.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const flags = ["--device", "cpu", "--threads", "1", "--json"];

function eventsOf(stdout: string): TrainingEvent[] {
	return stdout
		.trimEnd()
		.split("\n")
		.map((line) => trainingEventSchema.parse(JSON.parse(line)));
}

test("biphasic is trained from a recipe file, fills, and goes on with its masked phase alone", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	const corpus = join(folder, "corpus");
	writeTinyCorpus(corpus);
	const file = join(folder, "mine.maskwright-recipe.json");
	writeFileSync(file, JSON.stringify({ extends: "biphasic", name: "mine", train: { budget: { steps: 4 } } }));
	const out = join(folder, "out");
	const trained = await callCli(["train", corpus, "--recipe", file, ...flags, "--out", out, ...tinySettings]);
	assert.equal(trained.stderr, "");
	const events = eventsOf(trained.stdout);
	assert.deepEqual(
		events.flatMap((event) => (event.event === "phase" ? [[event.step, event.phase]] : [])),
		[
			[1, "causal"],
			[2, "masked"],
		],
	);
	assert.equal(events.at(-1)?.event, "done");
	const filled = await callCli(["fill", "return left + [MASK] * 2", "--model", join(out, "model"), "--json"]);
	assert.ok(fillResultSchema.parse(JSON.parse(filled.stdout)).masks[0]!.candidates.length > 0);
	const more = join(folder, "more");
	const from = ["--from", join(out, "model"), "--steps", "2", "--out", more];
	const further = await callCli(["train", corpus, "--recipe", "biphasic", ...from, ...flags, ...tinySettings]);
	assert.equal(further.stderr, "");
	assert.deepEqual(
		eventsOf(further.stdout).flatMap((event) => (event.event === "phase" ? [event.phase] : [])),
		["masked"],
	);
	const saved = JSON.parse(readFileSync(join(more, "recipe.json"), "utf8")) as { phases: { share: number }[] };
	assert.deepEqual(
		saved.phases.map(({ share }) => share),
		[1],
	);
});

test("phases that are none are refused in a sentence, and nothing is written", async (context) => {
	const folder = temporaryFolder(context);
	useUserFolder(context, join(folder, "home"));
	writeTinyCorpus(join(folder, "corpus"));
	const call = async (phases: string) =>
		await callCli(["train", join(folder, "corpus"), "--recipe", "biphasic", "--set", `phases=${phases}`, ...flags]);
	const wrong = await call('[{"name":"a","share":0.4}]');
	assert.equal(wrong.exitCode, 2);
	assert.match(wrong.stderr, /the shares of its phases sum to 0\.4, not to 1/);
	assert.match((await call("half")).stderr, /phases/);
});
