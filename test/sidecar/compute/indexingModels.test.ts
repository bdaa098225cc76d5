import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { saveInHome } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { fillTexts, tinyFillModel } from "../../support/tinyFillModel.ts";

// Threads begin from what is built: the loader of the sources does not reach them.
const built = new URL("../../../dist/sidecar/compute/indexingModels.js", import.meta.url);
const { IndexingModels }: typeof import("../../../sidecar/compute/indexingModels.ts") = await import(built.href);

async function twoModels(context: TestContext): Promise<[string, string]> {
	const home = temporaryFolder(context);
	const parts = await tinyFillModel(fillTexts, { vocabularySize: 320, steps: 1 });
	return [saveInHome(home, "one", parts), saveInHome(home, "two", parts)];
}

const many = Array.from({ length: 300 }, (_, at) => `function number${at}(a) { return a + ${at}; }`);

test("folders with different models are embedded in turn, and none ends what another is at", async (context) => {
	const [one, two] = await twoModels(context);
	const models = new IndexingModels();
	const first = await models.open(one);
	const running = first.embed(many);
	const second = await models.open(two);
	assert.equal((await second.embed(["x"])).length, second.model.dimension);
	assert.equal((await running).length, many.length * first.model.dimension);
	assert.deepEqual(await first.embed(["x"]), await second.embed(["x"]));
});

test("a model whose thread has ended is told, and opened anew the next time", async (context) => {
	const [one] = await twoModels(context);
	const workers = new Set<Worker>();
	const { postMessage } = Worker.prototype;
	Worker.prototype.postMessage = function (...sent) {
		workers.add(this);
		postMessage.apply(this, sent);
	};
	context.after(() => {
		Worker.prototype.postMessage = postMessage;
	});
	const models = new IndexingModels();
	const { embed } = await models.open(one);
	const running = embed(many);
	while (workers.size === 0) await new Promise((settle) => setImmediate(settle));
	const refused = assert.rejects(running, { name: "processDied" });
	for (const worker of workers) void worker.terminate();
	await refused;
	const again = await models.open(one);
	assert.equal((await again.embed(["x"])).length, again.model.dimension);
});
