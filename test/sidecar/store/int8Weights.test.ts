import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { isError } from "../../../sidecar/base/errors.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import { compactNumbers, expandNumbers, expandWeights } from "../../../sidecar/store/compactTensors.ts";
import { saveInt8Model } from "../../../sidecar/store/int8Weights.ts";
import { loadModel, type StoredModel, saveModel } from "../../../sidecar/store/modelFolder.ts";
import { listModels } from "../../../sidecar/store/models.ts";
import type { FileTensor, HostTensor } from "../../../sidecar/store/safetensors.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

function normal(...shape: number[]): HostTensor {
	const random = createRandom(1, 0);
	const length = shape.reduce((a, b) => a * b, 1);
	return { data: Float32Array.from({ length }, () => random.normal()), shape };
}

const counts: HostTensor = { data: Int32Array.of(0, 5, 5, 9, -3, 2 ** 31 - 1, -(2 ** 31), 0), shape: [8] };

const model: StoredModel = {
	config: { model_type: "modernbert" },
	tensors: new Map([
		["layer.weight", normal(64, 128)],
		["layer.bias", normal(64)],
		["query", normal(1, 128)],
		["temperature.scale", normal(1)],
	]),
	tokenizer: { version: "1.0" },
	about: { roles: ["completion"], scores: null },
	extra: new Map([["ngrams", new Map([["counts", counts]])]]),
};

test("matrices come back to half a step of their row, all else bit by bit, in a fraction of the bytes", (context) => {
	const home = temporaryFolder(context);
	const folder = join(home, "models", "small");
	saveInt8Model(folder, model);
	const loaded = loadModel(folder);
	const exact = (name: string): void => assert.deepEqual(loaded.tensors.get(name), model.tensors.get(name));
	for (const name of ["layer.bias", "query", "temperature.scale"]) exact(name);
	assert.deepEqual(loaded.extra, model.extra);
	assert.deepEqual([...loaded.tensors.keys()].sort(), [...model.tensors.keys()].sort());
	const [before, after] = [model, loaded].map(({ tensors }) => tensors.get("layer.weight")!.data as Float32Array);
	for (let row = 0; row < 64; row++) {
		const part = before!.subarray(row * 128, (row + 1) * 128);
		const peak = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
		for (const [at, value] of part.entries()) {
			assert.ok(Math.abs(after![row * 128 + at]! - value) <= (peak / 254) * (1 + 2 ** -15));
		}
	}
	const float = join(home, "models", "whole");
	saveModel(float, model);
	const bytes = (path: string): number => readFileSync(join(path, "model.safetensors")).length;
	assert.ok(bytes(folder) < bytes(float) / 3);
	assert.deepEqual(
		listModels({ home }).map(({ parameters }) => parameters),
		[64 * 128 + 64 + 128 + 1, 64 * 128 + 64 + 128 + 1],
		"scales are no parameters",
	);
});

test("what was written once is written again byte by byte", (context) => {
	const folders = ["first", "second"].map((name) => join(temporaryFolder(context), name));
	saveInt8Model(folders[0]!, model);
	saveInt8Model(folders[1]!, { ...model, ...loadModel(folders[0]!) });
	for (const file of ["model.safetensors", "ngrams.safetensors"]) {
		assert.deepEqual(readFileSync(join(folders[1]!, file)), readFileSync(join(folders[0]!, file)));
	}
});

const eight: FileTensor = { data: Int8Array.of(1, -2, 3, 127), shape: [2, 2] };
const scale: FileTensor = { data: Float32Array.of(0.5, 2), shape: [2] };
const scaled = (...values: number[]): FileTensor => ({ data: Float32Array.from(values), shape: [values.length] });

test("8-bit weights that lie are refused", (context) => {
	const folder = join(temporaryFolder(context), "model");
	const check = (weights: Record<string, FileTensor>, why: RegExp): void => {
		saveModel(folder, { ...model, tensors: new Map(Object.entries(weights)) });
		assert.throws(
			() => loadModel(folder),
			(error) => isError(error, "modelInvalid") && why.test(error.message),
			String(why),
		);
	};
	check({ w: eight }, /"w" has the type I8 and no \.scale/);
	check({ w: eight, "w.scale": scaled(1) }, /not F32 \[2\]/);
	check({ w: eight, "w.scale": { data: Float32Array.of(1, 1), shape: [2, 1] } }, /not F32 \[2\]/);
	check({ w: eight, "w.scale": { data: Int32Array.of(1, 1), shape: [2] } }, /not F32 \[2\]/);
	check({ w: eight, "w.scale": { data: Int8Array.of(1, 1), shape: [2] } }, /not F32 \[2\]|only matrices/);
	check({ w: eight, "w.scale": scaled(1, Number.NaN) }, /below zero or without bound/);
	check({ w: eight, "w.scale": scaled(1, Number.POSITIVE_INFINITY) }, /below zero or without bound/);
	check({ w: eight, "w.scale": scaled(1, -1) }, /below zero or without bound/);
	check({ w: eight, "w.scale": scaled(1, 3e38) }, /below zero or without bound/);
	check({ w: { data: Int8Array.of(-128, 0, 0, 0), shape: [2, 2] }, "w.scale": scale }, /-128/);
	check({ w: { data: Int8Array.of(1, 2), shape: [2] }, "w.scale": scale }, /only matrices/);
	check({ w: { data: Int8Array.of(1, 2, 3, 4), shape: [1, 2, 2] }, "w.scale": scaled(1) }, /only matrices/);
	check({ w: { data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2] }, "w.scale": scale }, /type U8/);
});

test("a tensor that only ends like a scale is a tensor", () => {
	const tensors = expandWeights(
		new Map([
			["norm", scale],
			["norm.scale", scale],
		]),
		"x",
	); // prettier
	assert.deepEqual([...tensors.keys()], ["norm", "norm.scale"]);
});

test("any whole numbers come back from their differences", () => {
	fc.assert(
		fc.property(fc.int32Array(), (data) => {
			const tensors = new Map<string, HostTensor>([["n", { data, shape: [data.length] }]]);
			assert.deepEqual(expandNumbers(compactNumbers(tensors), "x"), tensors);
		}),
	);
	const ascending = Int32Array.from({ length: 1000 }, (_, at) => 50 * at);
	assert.equal(compactNumbers(new Map([["n", { data: ascending, shape: [1000] }]])).get("n.deltas")!.data.length, 1000);
});

test("differences that are none are refused", (context) => {
	const folder = join(temporaryFolder(context), "model");
	const check = (tensors: Record<string, FileTensor>, why: RegExp): void => {
		saveModel(folder, { ...model, extra: new Map([["ngrams", new Map(Object.entries(tensors))]]) });
		assert.throws(
			() => loadModel(folder),
			(error) => isError(error, "modelInvalid") && why.test(error.message),
			String(why),
		);
	};
	const bytes = (...data: number[]): FileTensor => ({ data: Uint8Array.from(data), shape: [data.length] });
	check({ "n.deltas": bytes(0x80) }, /no list of differences/);
	check({ "n.deltas": bytes(1, 0xff, 0xff, 0xff, 0xff, 0x1f) }, /no list of differences/);
	check({ "n.deltas": bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x00) }, /no list of differences/);
	check({ n: bytes(1) }, /not the ending/);
	check({ n: eight }, /type I8/);
	check({ n: { data: Int32Array.of(1), shape: [1] }, "n.deltas": bytes(2) }, /says again/);
});
