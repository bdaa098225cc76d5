import assert from "node:assert/strict";
import {
	copyFileSync,
	existsSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { changeAbout, loadModel, type StoredModel, saveModel } from "../../../sidecar/store/modelFolder.ts";
import { modelInUse, useModel } from "../../../sidecar/store/modelInUse.ts";
import { findModel, listModels } from "../../../sidecar/store/models.ts";
import { createRun } from "../../../sidecar/store/runs.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const model: StoredModel = {
	config: { model_type: "modernbert" },
	tensors: new Map([
		["a.weight", { data: new Float32Array([1, 2, 3, 4]), shape: [2, 2] }],
		["a.bias", { data: new Float32Array([5, 6]), shape: [2] }],
	]),
	tokenizer: { version: "1.0" },
	card: "# A model\n",
	about: { roles: ["completion"], scores: { top1: 0.5 }, recipe: "tiny" },
	extra: new Map([["ngrams", new Map([["counts", { data: new Int32Array([7]), shape: [1] }]])]]),
};

test("a model comes back as it was saved", (context) => {
	const folder = join(temporaryFolder(context), "model");
	saveModel(folder, model);
	const { card: _card, ...rest } = model;
	assert.deepEqual(loadModel(folder), { ...rest, extra: new Map(model.extra) });
	assert.deepEqual(readdirSync(folder).sort(), [
		"README.md",
		"config.json",
		"maskwright.json",
		"model.safetensors",
		"ngrams.safetensors",
		"tokenizer.json",
	]);
});

test("models of the user's folder and of runs are listed with what their files say", (context) => {
	const home = temporaryFolder(context);
	saveModel(join(home, "models", "boxed"), model);
	const run = createRun("tiny", { name: "tiny" }, { home });
	saveModel(join(run, "model"), model);
	const own = listModels({ home }).map(({ bytes: _bytes, ...rest }) => rest);
	const common = {
		architecture: "modernbert",
		parameters: 6,
		boxed: false,
		roles: ["completion"],
		scores: { top1: 0.5 },
		adapter: null,
	};
	assert.deepEqual(own, [
		{ name: "boxed", path: join(home, "models", "boxed"), ...common },
		{ name: "tiny-1", path: join(run, "model"), ...common },
	]);
	assert.equal(findModel("tiny-1", { home }), join(run, "model"));
	assert.equal(findModel(run, { home }), join(run, "model"));
	assert.throws(
		() => findModel("nothing", { home }),
		(error) => isError(error, "notFound"),
	);
});

test("a broken model is left out of the list and named when it is loaded", (context) => {
	const home = temporaryFolder(context);
	const folder = join(home, "models", "broken");
	saveModel(folder, model);
	truncateSync(join(folder, "model.safetensors"), 40);
	assert.deepEqual(listModels({ home }), []);
	assert.throws(
		() => loadModel(folder),
		(error) => isError(error, "modelInvalid"),
	);
	saveModel(folder, model);
	writeFileSync(join(folder, "tokenizer.json"), "{");
	assert.throws(
		() => loadModel(folder),
		(error) => isError(error, "tokenizerInvalid"),
	);
	rmSync(join(folder, "tokenizer.json"));
	assert.throws(
		() => loadModel(folder),
		(error) => isError(error, "notFound") && error.message.includes("tokenizer.json"),
	);
});

test("the model in use is remembered while it is there", (context) => {
	const home = temporaryFolder(context);
	const folder = join(home, "models", "mine");
	assert.equal(modelInUse({ home }), undefined);
	saveModel(folder, model);
	useModel(folder, { home });
	assert.equal(modelInUse({ home }), folder);
	rmSync(folder, { recursive: true });
	assert.equal(modelInUse({ home }), undefined);
});

test("a model whose replacement was cut off is still there", (context) => {
	const folder = join(temporaryFolder(context), "model");
	saveModel(folder, model);
	renameSync(folder, join(folder, "..", ".model.replaced"));
	assert.deepEqual(loadModel(folder).config, model.config);
	assert.ok(existsSync(folder));
});

test("a file that was changed after its model was written is told of, and not used", (context) => {
	const folder = join(temporaryFolder(context), "model");
	const other: StoredModel = { ...model, config: { model_type: "bert" }, tokenizer: { version: "2.0" } };
	const changes: Record<string, (path: string) => void> = {
		"config.json": (path) => writeFileSync(path, JSON.stringify(other.config)),
		"tokenizer.json": (path) => writeFileSync(path, JSON.stringify(other.tokenizer)),
		"model.safetensors": (path) => {
			const bytes = readFileSync(path);
			bytes[bytes.length - 1] = bytes[bytes.length - 1]! ^ 1;
			writeFileSync(path, bytes);
		},
		"ngrams.safetensors": (path) => rmSync(path),
		"further.safetensors": (path) => copyFileSync(join(folder, "ngrams.safetensors"), path),
	};
	for (const [name, change] of Object.entries(changes)) {
		saveModel(folder, model);
		change(join(folder, name));
		assert.throws(
			() => loadModel(folder),
			(error) =>
				isError(error, "modelInvalid") && error.message.includes(name) && /Get the model again/.test(error.message),
		);
	}
	saveModel(folder, model);
	writeFileSync(join(folder, "README.md"), "A card of my own.");
	changeAbout(folder, { int8: true });
	assert.deepEqual(loadModel(folder).about, { ...model.about, int8: true });
	writeFileSync(join(folder, "config.json"), JSON.stringify(other.config));
	assert.throws(() => loadModel(folder));
	writeFileSync(join(folder, "maskwright.json"), JSON.stringify(model.about));
	assert.deepEqual(loadModel(folder).config, other.config);
});
