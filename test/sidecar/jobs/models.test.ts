import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { requests } from "../../../sidecar/protocol/methods.ts";
import { saveModel } from "../../../sidecar/store/modelFolder.ts";
import { modelInUse, useNewModel } from "../../../sidecar/store/modelInUse.ts";
import { jobsUnderTest } from "../../support/jobsUnderTest.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { uncancelled } from "../../support/tinyJob.ts";

function writeModel(folder: string, role: "completion" | "search" = "completion"): void {
	const weights = { data: Float32Array.of(1, 2, 3), shape: [3] };
	saveModel(folder, {
		config: { model_type: "modernbert" },
		tensors: new Map([["weights", weights]]),
		tokenizer: {},
		about: { roles: [role], scores: null },
	});
}

test("models are listed, used, exported and deleted; nothing else can be deleted", async (context) => {
	const home = temporaryFolder(context);
	const told: string[] = [];
	const { jobs } = await jobsUnderTest(home, { notify: (name) => told.push(name) });
	const { handlers } = jobs;
	const [one, two] = [join(home, "models", "one"), join(home, "models", "two")];
	for (const folder of [one, two]) writeModel(folder);
	const list = async (): Promise<string[]> =>
		requests.listModels.result.parse(await handlers.listModels({}, uncancelled)).map(({ name }) => name);
	assert.deepEqual(await list(), ["one", "two"]);
	await handlers.useModel({ model: "one" }, uncancelled);
	assert.deepEqual([modelInUse({ home }), told], [one, ["modelsChanged"]]);

	const copy = join(home, "deep", "copy");
	const copied = await handlers.exportModel({ model: "one", folder: copy, format: "maskwright" }, uncancelled);
	assert.deepEqual([copied.path, copied.files.map(({ path }) => path).sort()], [copy, readdirSync(one).sort()]);
	assert.deepEqual(readdirSync(copy), readdirSync(one));
	for (const name of readdirSync(one)) assert.deepEqual(readFileSync(join(copy, name)), readFileSync(join(one, name)));
	const empty = join(home, "empty");
	mkdirSync(empty);
	await handlers.exportModel({ model: one, folder: empty, format: "maskwright" }, uncancelled);
	assert.deepEqual(readdirSync(empty), readdirSync(one));
	const refused = [
		handlers.exportModel({ model: "one", folder: copy, format: "maskwright" }, uncancelled),
		handlers.exportModel({ model: "one", folder: "copy", format: "maskwright" }, uncancelled),
		handlers.exportModel({ model: "one", folder: join(home, "run"), format: "pytorch" }, uncancelled),
		handlers.exportModel({ model: "one", folder: join(home, "hub"), format: "huggingface" }, uncancelled),
		handlers.deleteModel({ model: copy }, uncancelled),
		handlers.deleteModel({ model: "three" }, uncancelled),
		handlers.useModel({ model: "three" }, uncancelled),
	];
	const names = (await Promise.allSettled(refused)).map((result) => result.status === "rejected" && result.reason.name);
	assert.deepEqual(names, ["usage", "usage", "usage", "modelInvalid", "notFound", "notFound", "notFound"]);
	assert.deepEqual(readdirSync(copy), readdirSync(one));
	assert.deepEqual(readdirSync(join(home, "deep")), ["copy"]);
	assert.deepEqual([existsSync(join(home, "run")), existsSync(join(home, "hub"))], [false, false]);

	await handlers.deleteModel({ model: "one" }, uncancelled);
	assert.deepEqual([await list(), existsSync(one), modelInUse({ home })], [["two"], false, undefined]);
	await jobs.shutdown();
});

test("of a model that is a link only the link is deleted", async (context) => {
	const home = temporaryFolder(context);
	const { jobs } = await jobsUnderTest(home);
	const target = join(home, "elsewhere");
	writeModel(target);
	mkdirSync(join(home, "models"));
	symlinkSync(target, join(home, "models", "link"));
	writeFileSync(join(home, "models", "stray"), "");
	await jobs.handlers.deleteModel({ model: "link" }, uncancelled);
	assert.deepEqual(readdirSync(join(home, "models")), ["stray"]);
	assert.ok(readdirSync(target).includes("config.json"));
	await jobs.shutdown();
});

test("a new model fills masks from then on, unless it is for search alone", (context) => {
	const home = temporaryFolder(context);
	const [fills, searches] = [join(home, "models", "fills"), join(home, "models", "searches")];
	writeModel(fills);
	writeModel(searches, "search");
	for (const model of [fills, searches]) useNewModel(model, { home });
	assert.equal(modelInUse({ home }), fills);
});
