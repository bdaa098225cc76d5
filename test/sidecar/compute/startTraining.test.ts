import assert from "node:assert/strict";
import { readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TrainingRequest } from "../../../sidecar/compute/messages.ts";
import { startTraining } from "../../../sidecar/compute/startTraining.ts";
import type { TrainingEvent } from "../../../sidecar/protocol/events.ts";
import { readMetrics } from "../../../sidecar/store/metrics.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { lossesOf, tinyRecipe } from "../../support/tinyRun.ts";
import { writeTinyCorpus } from "../../support/tinyTraining.ts";

const recipe = tinyRecipe('train.budget={"steps":30}', "checkpoint.everySteps=5");
const never = new AbortController().signal;

async function run(request: TrainingRequest, onEvent: (event: TrainingEvent, pid: number) => void = () => {}) {
	const warnings: string[] = [];
	let pid = 0;
	const listener = {
		onStart: (started: number) => {
			pid = started;
		},
		onEvent: (event: TrainingEvent) => onEvent(event, pid),
		onWarning: (message: string) => warnings.push(message),
	};
	await startTraining(request, listener, { pause: never });
	return warnings;
}

function lossesIn(folder: string): number[] {
	return lossesOf(readMetrics(folder) as TrainingEvent[]);
}

test("a killed training process loses nothing: resumed, it has the losses of the run that was never killed", async (context) => {
	const folder = temporaryFolder(context);
	const corpus = join(folder, "corpus");
	writeTinyCorpus(corpus);
	const compute = { device: "cpu", threads: 1 } as const;
	const [whole, killed] = [join(folder, "whole"), join(folder, "killed")];
	await run({ kind: "train", corpus, recipe, out: whole, ...compute });

	const kill = (event: TrainingEvent, pid: number): void => {
		if (event.event === "step" && event.step === 17) process.kill(pid, "SIGKILL");
	};
	await assert.rejects(run({ kind: "train", corpus, recipe, out: killed, ...compute }, kill), {
		name: "processDied",
		message: /SIGKILL.*maskwright resume/,
	});
	const torn = join(killed, "checkpoints", newestCheckpoint(killed), "model.safetensors");
	truncateSync(torn, 100);
	const warnings = await run({ kind: "resume", run: killed, recipe, ...compute });
	assert.equal(warnings.length, 1);
	assert.match(warnings[0]!, /passed over.*Going on from step/);
	assert.deepEqual(lossesIn(killed), lossesIn(whole));
	assert.equal(lossesIn(killed).length, 30);
});

test("a run that trains on from a model keeps its shape and tokenizer, and can be resumed", async (context) => {
	const folder = temporaryFolder(context);
	const corpus = join(folder, "corpus");
	writeTinyCorpus(corpus);
	const compute = { device: "cpu", threads: 1 } as const;
	const first = join(folder, "first");
	await run({ kind: "train", corpus, recipe, out: first, ...compute });
	const other = tinyRecipe('train.budget={"steps":3}', "model.layers=1", "tokenizer.vocabularySize=290");
	const second = join(folder, "second");
	await run({ kind: "train", corpus, recipe: other, from: join(first, "model"), out: second, ...compute });
	const [before, after] = [lossesIn(first), lossesIn(second)];
	assert.ok(after[0]! < before[0]! - 0.5, `the first loss ${after[0]} is that of an untrained model (${before[0]})`);
});

function newestCheckpoint(folder: string): string {
	const steps = readdirSync(join(folder, "checkpoints")).map((name) => Number(/\d+/.exec(name)?.[0]));
	return `step-${Math.max(...steps)}`;
}
