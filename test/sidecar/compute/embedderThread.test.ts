import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openEmbedder } from "../../../sidecar/inference/embedder.ts";
import type { ErrorName } from "../../../sidecar/protocol/errors.ts";
import { saveInHome } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { fillTexts, tinyFillModel } from "../../support/tinyFillModel.ts";

// Threads begin from what is built: the loader of the sources does not reach them.
const built = new URL("../../../dist/sidecar/compute/embedderThread.js", import.meta.url);
const { openEmbedderThread, openEmbedderThreads }: typeof import("../../../sidecar/compute/embedderThread.ts") =
	await import(built.href);

const cpu = { executionProvider: "cpu", threads: 1 } as const;
const texts = ["function add(a, b) { return a + b; }", "def total(rows): return sum(rows)", "x"];

test("a thread makes the vectors that this one makes, several portions at once, and this one goes on meanwhile", async (context) => {
	const folder = await smallModel(context);
	const here = await openEmbedder(folder, cpu);
	const there = await openEmbedderThread(folder, cpu);
	context.after(() => Promise.all([here.release(), there.release()]));
	assert.deepEqual(
		[there.identity, there.dimension, there.size, there.isLargest],
		[here.identity, here.dimension, here.size, here.isLargest],
	);
	let turns = 0;
	const turning = setInterval(() => turns++, 1);
	const many = Array.from({ length: 40 }, () => texts).flat();
	const portions = await Promise.all([there.embed(texts), there.embed(many)]);
	clearInterval(turning);
	assert.deepEqual(portions[0], await here.embed("code", texts));
	assert.deepEqual(portions[1], await here.embed("code", many));
	assert.ok(turns > 0);
});

test("it opens and ends many times in one process", async (context) => {
	const folder = await smallModel(context);
	for (let round = 0; round < 8; round++) {
		const there = await openEmbedderThread(folder, cpu);
		assert.equal((await there.embed(["x"])).length, there.dimension);
		await there.release();
	}
});

test("several threads make the same vectors, each call in the order of its texts, and all are ended", async (context) => {
	const folder = await smallModel(context);
	const here = await openEmbedder(folder, cpu);
	const there = await openEmbedderThreads(folder, cpu, 3);
	context.after(() => here.release());
	const many = Array.from({ length: 6 }, (_, at) => texts.map((text) => `${text} // ${at}`));
	const portions = await Promise.all(many.map((portion) => there.embed(portion)));
	for (const [at, portion] of many.entries()) assert.deepEqual(portions[at], await here.embed("code", portion));
	await there.release();
	await assert.rejects(there.embed(texts), (error) => isThere(error, "processDied"));
});

test("what the model refuses comes as the same error, and an ended thread says so", async (context) => {
	await assert.rejects(openEmbedderThread(join(temporaryFolder(context), "none"), cpu), (error) =>
		isThere(error, "notFound"),
	);
	const there = await openEmbedderThread(await smallModel(context), cpu);
	const waiting = there.embed(Array.from({ length: 400 }, () => texts).flat());
	const refused = assert.rejects(waiting, (error) => isThere(error, "processDied"));
	await there.release();
	await refused;
	await assert.rejects(there.embed(texts), (error) => isThere(error, "processDied"));
});

async function smallModel(context: TestContext): Promise<string> {
	return saveInHome(
		temporaryFolder(context),
		"tiny",
		await tinyFillModel(fillTexts, { vocabularySize: 320, steps: 1 }),
	);
}

/** Errors of what is built are of another class than those of the sources. */
function isThere(error: unknown, name: ErrorName): boolean {
	return error instanceof Error && error.name === name;
}
