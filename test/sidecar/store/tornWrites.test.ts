import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../../../sidecar/base/random.ts";
import { checkpointSteps, latestCheckpoint, pruneCheckpoints } from "../../../sidecar/store/checkpoints.ts";
import { readMetrics } from "../../../sidecar/store/metrics.ts";
import { loadModel } from "../../../sidecar/store/modelFolder.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

test("a writer killed at any of 30 moments leaves a sound checkpoint, file, model and log", async (context) => {
	const folder = temporaryFolder(context);
	const random = createRandom(7);
	const child = join(import.meta.dirname, "writerChild.ts");
	let last = 0;
	for (let kill = 0; kill < 30; kill++) {
		const writer = spawn(process.execPath, ["--import", "tsx", child, folder, String(last + 1)]);
		let told = "";
		writer.stdout.on("data", (chunk: Buffer) => {
			told += chunk.toString();
		});
		const ended = once(writer, "exit");
		await once(writer.stdout, "data");
		await sleep(random.below(25));
		writer.kill("SIGKILL");
		await ended;

		const finished = Number(told.trim().split("\n").at(-1));
		const checkpoint = latestCheckpoint(folder);
		assert.ok(checkpoint !== undefined && checkpoint.step >= finished, `step ${checkpoint?.step} of ${finished}`);
		assert.deepEqual(checkpoint.skipped, []);
		assert.deepEqual(checkpoint.state, { step: checkpoint.step });
		assert.equal(checkpoint.model.get("w")?.data[49_999], checkpoint.step);
		const recipe = JSON.parse(readFileSync(join(folder, "recipe.json"), "utf8")) as { step: number };
		assert.ok(recipe.step >= finished);
		const model = loadModel(join(folder, "model"));
		assert.equal(model.tensors.get("w")?.data[0], (model.config as { step: number }).step);
		assert.ok((readMetrics(folder).at(-1)?.step ?? 0) >= finished);
		last = checkpoint.step;
		pruneCheckpoints(folder, 2);
	}
	assert.ok(checkpointSteps(folder).length <= 2);
	// At most what the last writer was at; earlier leftovers are gone.
	assert.ok(readdirSync(join(folder, "checkpoints")).filter((name) => name.endsWith(".tmp")).length <= 1);
});
