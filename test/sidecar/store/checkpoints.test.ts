import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import {
	checkpointSteps,
	latestCheckpoint,
	pruneCheckpoints,
	removeCheckpointsAfter,
	writeCheckpoint,
} from "../../../sidecar/store/checkpoints.ts";
import { checkpointFiles, checkpointFolder } from "../../../sidecar/store/layout.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const content = (step: number) => ({
	model: new Map([["w", { data: new Float32Array([step, 0.1, -0]), shape: [3] }]]),
	optimizer: new Map([
		["w.momentum", { data: new Float32Array([step / 3]), shape: [1] }],
		["count", { data: new Int32Array([step]), shape: [] }],
	]),
	state: { step, cursor: [1, { row: 2 }] },
});

function runWith(context: TestContext, steps: readonly number[]): string {
	const folder = temporaryFolder(context);
	for (const step of steps) writeCheckpoint(folder, step, content(step));
	return folder;
}

test("the newest checkpoint comes back as it was written", (context) => {
	const folder = runWith(context, [0, 9, 10]);
	const expected = { step: 10, path: checkpointFolder(folder, 10), ...content(10), skipped: [] };
	assert.deepEqual(latestCheckpoint(folder), expected);
});

test("the same content gives the same bytes", (context) => {
	const read = (folder: string) =>
		Object.values(checkpointFiles).map((name) => readFileSync(join(checkpointFolder(folder, 3), name), "hex"));
	assert.deepEqual(read(runWith(context, [3])), read(runWith(context, [1, 3])));
});

test("a run without checkpoints has no newest one", (context) => {
	assert.equal(latestCheckpoint(temporaryFolder(context)), undefined);
});

for (const name of Object.values(checkpointFiles)) {
	test(`a flipped bit anywhere in ${name} falls back to the checkpoint before`, (context) => {
		const folder = runWith(context, [5, 6]);
		const path = join(checkpointFolder(folder, 6), name);
		const bytes = readFileSync(path);
		const random = createRandom(1);
		for (let trial = 0; trial < 60; trial++) {
			const changed = Buffer.from(bytes);
			const at = random.below(bytes.length);
			changed[at] = (changed[at] as number) ^ (1 << random.below(8));
			writeFileSync(path, changed);
			const found = latestCheckpoint(folder);
			assert.deepEqual([found?.step, found?.skipped.map(({ step }) => step)], [5, [6]], `bit of byte ${at}`);
			assert.match(found?.skipped[0]?.why ?? "", /step-6 cannot be used: /);
		}
		writeFileSync(path, bytes);
		assert.equal(latestCheckpoint(folder)?.step, 6);
	});

	test(`a truncated, empty or missing ${name} falls back to the checkpoint before`, (context) => {
		const folder = runWith(context, [5, 6]);
		const path = join(checkpointFolder(folder, 6), name);
		truncateSync(path, readFileSync(path).length - 1);
		assert.equal(latestCheckpoint(folder)?.step, 5);
		truncateSync(path, 0);
		assert.equal(latestCheckpoint(folder)?.step, 5);
		rmSync(path);
		assert.equal(latestCheckpoint(folder)?.step, 5);
	});
}

test("files of two checkpoints that are mixed up are noticed", (context) => {
	const folder = runWith(context, [5, 6]);
	for (const name of readdirSync(checkpointFolder(folder, 5))) {
		writeFileSync(join(checkpointFolder(folder, 6), name), readFileSync(join(checkpointFolder(folder, 5), name)));
	}
	assert.equal(latestCheckpoint(folder)?.step, 5);
});

test("when no checkpoint is sound the error says so and names the reason", (context) => {
	const folder = runWith(context, [0, 1]);
	for (const step of [0, 1]) truncateSync(join(checkpointFolder(folder, step), checkpointFiles.model), 10);
	assert.throws(
		() => latestCheckpoint(folder),
		(error) => isError(error, "checkpointInvalid") && /2 looked at.*has 10 bytes instead of/.test(error.message),
	);
});

test("pruning keeps the newest and step 0", (context) => {
	const folder = runWith(context, [0, 1, 2, 10, 100]);
	pruneCheckpoints(folder, 2);
	assert.deepEqual(checkpointSteps(folder), [0, 10, 100]);
	pruneCheckpoints(folder, 0);
	assert.deepEqual(checkpointSteps(folder), [0, 100]);
});

test("pruning keeps what a kept checkpoint refers to", (context) => {
	const folder = runWith(context, [0, 1, 2, 10, 100]);
	truncateSync(join(checkpointFolder(folder, 100), checkpointFiles.state), 1); // torn: it refers to nothing
	pruneCheckpoints(folder, 2, () => 1);
	assert.deepEqual(checkpointSteps(folder), [0, 1, 10, 100]);
});

test("going back removes the later ones", (context) => {
	const folder = runWith(context, [0, 1, 2]);
	removeCheckpointsAfter(folder, 1);
	assert.deepEqual(checkpointSteps(folder), [0, 1]);
});

test("writing the same step again replaces it", (context) => {
	const folder = runWith(context, [4]);
	writeCheckpoint(folder, 4, { ...content(4), state: "second" });
	assert.equal(latestCheckpoint(folder)?.state, "second");
	assert.deepEqual(readdirSync(join(folder, "checkpoints")), ["step-4"]);
});
