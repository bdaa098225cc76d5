/** Damaged files of models: whatever becomes of their bytes, a reader gives an error of ours or a result. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { isError } from "../../../sidecar/base/errors.ts";
import { readWeightShapes, readWeights } from "../../../sidecar/interop/weightFiles.ts";
import { fromHuggingFaceConfig } from "../../../sidecar/model/huggingFace.ts";
import { parameterSpecs } from "../../../sidecar/model/parameters.ts";
import { encodeModel } from "../../../sidecar/onnx/encodeModel.ts";
import { scanModel } from "../../../sidecar/onnx/scanModel.ts";
import { loadModel, saveModel } from "../../../sidecar/store/modelFolder.ts";
import { writeHuggingFaceFolder } from "../../support/huggingFaceFolder.ts";
import { safetensorsOf } from "../../support/safetensorsBytes.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

type Damage = (bytes: Uint8Array) => Uint8Array;

function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
	return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

/** Bits that flip, ends that are cut, and a part that is put where another was; the first bytes are met more often. */
const damage: fc.Arbitrary<Damage> = fc
	.record({
		flips: fc.array(fc.record({ at: fc.oneof(fc.nat(200), fc.nat(1 << 20)), bit: fc.nat(7) }), { maxLength: 4 }),
		cut: seldom(fc.nat(1 << 20)),
		splice: seldom(fc.record({ from: fc.nat(1 << 20), to: fc.nat(1 << 20), length: fc.nat(64) })),
	})
	.map(({ flips, cut, splice }) => (bytes) => {
		const damaged = Uint8Array.from(bytes);
		for (const { at, bit } of flips) damaged[at % bytes.length] = damaged[at % bytes.length]! ^ (1 << bit);
		if (splice !== null) {
			const from = splice.from % bytes.length;
			damaged.set(
				bytes.subarray(from, from + splice.length).subarray(0, bytes.length - (splice.to % bytes.length)),
				splice.to % bytes.length,
			);
		}
		return cut === null ? damaged : damaged.subarray(0, cut % (bytes.length + 1));
	});

/** Damages `bytes` some hundred times and reads each; gives how often a reader took it. */
function survive(bytes: Uint8Array, read: (damaged: Uint8Array) => unknown): number {
	let taken = 0;
	fc.assert(
		fc.property(damage, (act) => {
			try {
				read(act(bytes));
				taken++;
			} catch (error) {
				assert.ok(isError(error) && error.name !== "internal", String(error));
			}
		}),
		{ seed: 7, numRuns: 600 },
	);
	return taken;
}

test("damaged safetensors are refused or read, of every type", (context) => {
	const folder = temporaryFolder(context);
	const path = join(folder, "model.safetensors");
	const bytes = safetensorsOf({
		"encoder.weight": ["F32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)],
		half: ["F16", [4], Uint16Array.of(1, 2, 3, 4)],
		brain: ["BF16", [2, 2], Uint16Array.of(1, 2, 3, 4)],
		double: ["F64", [2], Float64Array.of(1, 2)],
		positions: ["I64", [1, 2], BigInt64Array.of(0n, 1n)],
	});
	const taken = survive(bytes, (damaged) => {
		writeFileSync(path, damaged);
		const weights = readWeights(folder);
		const shapes = readWeightShapes(folder);
		assert.deepEqual(new Map([...weights].map(([name, { shape }]) => [name, shape])), shapes);
		for (const { data, shape } of weights.values())
			assert.equal(
				data.length,
				shape.reduce((a, b) => a * b, 1),
			);
	});
	assert.ok(taken > 10 && taken < 500, `${taken} were read`);
});

test("a damaged index of shards is refused or read", (context) => {
	const folder = temporaryFolder(context);
	const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
	for (const [at, shard] of shards.entries())
		writeFileSync(join(folder, shard), safetensorsOf({ [`w${at}`]: ["F32", [1], Float32Array.of(at)] }));
	const index = JSON.stringify({ metadata: { total_size: 8 }, weight_map: { w0: shards[0], w1: shards[1] } });
	const taken = survive(Buffer.from(index), (damaged) => {
		writeFileSync(join(folder, "model.safetensors.index.json"), damaged);
		assert.equal(readWeights(folder).size, 2);
	});
	assert.ok(taken > 10 && taken < 500, `${taken} were read`);
});

test("a damaged config.json is refused or gives a configuration whose parameters can be listed", (context) => {
	const folder = temporaryFolder(context);
	for (const name of [
		"google-bert/bert-base-uncased",
		"answerdotai/ModernBERT-base",
		"microsoft/deberta-v3-small",
	] as const) {
		writeHuggingFaceFolder(folder, name);
		const taken = survive(readFileSync(join(folder, "config.json")), (damaged) => {
			const text = new TextDecoder().decode(damaged);
			let json: unknown;
			try {
				json = JSON.parse(text);
			} catch {
				return; // told by the reader of the folder
			}
			assert.ok(parameterSpecs(fromHuggingFaceConfig(json)).length < 100_000);
		});
		assert.ok(taken > 10);
	}
});

test("damaged files of a stored model are refused", (context) => {
	const folder = temporaryFolder(context);
	const weights = new Map([["a.weight", { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }]]);
	const numbers = new Map([["counts", { data: Int32Array.of(7, 9), shape: [2] }]]);
	const model = {
		config: { model_type: "bert", hidden_size: 4 },
		tensors: weights,
		tokenizer: { version: "1.0" },
		about: { roles: ["completion" as const], scores: null },
		extra: new Map([["ngrams", numbers]]),
	};
	saveModel(folder, model);
	for (const name of ["config.json", "tokenizer.json", "model.safetensors", "ngrams.safetensors"]) {
		const bytes = readFileSync(join(folder, name));
		survive(bytes, (damaged) => {
			writeFileSync(join(folder, name), damaged);
			loadModel(folder);
			assert.deepEqual(Buffer.from(damaged), bytes); // its hash holds
		});
		writeFileSync(join(folder, name), bytes);
	}
	const about = readFileSync(join(folder, "maskwright.json"));
	survive(about, (damaged) => {
		writeFileSync(join(folder, "maskwright.json"), damaged);
		loadModel(folder);
	});
});

test("a damaged ONNX model with a subgraph's worth of fields is refused or let through", () => {
	const bytes = encodeModel({
		name: "whole",
		nodes: [
			{
				name: "n",
				op: "Add",
				inputs: ["x", "w"],
				outputs: ["y"],
				attributes: { t: { ints: [1, 2, 3] }, s: { string: "text" } },
			},
			{
				name: "c",
				op: "Constant",
				inputs: [],
				outputs: ["k"],
				attributes: { value: { tensor: { name: "k", dtype: "int64", shape: [2], data: BigInt64Array.of(1n, 2n) } } },
			},
		],
		initializers: [{ name: "w", dtype: "float32", shape: [2, 2], data: new Float32Array(4) }],
		inputs: [{ name: "x", dtype: "float32", shape: [2, 2] }],
		outputs: [{ name: "y", dtype: "float32", shape: [2, 2] }],
	});
	assert.ok(survive(bytes, scanModel) > 10);
});
