import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ErrorName, isError } from "../../../sidecar/base/errors.ts";
import { readWeightShapes, readWeights } from "../../../sidecar/interop/weightFiles.ts";
import { safetensorsOf } from "../../support/safetensorsBytes.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const f32 = (...values: number[]): [string, number[], Float32Array<ArrayBuffer>] => [
	"F32",
	[values.length],
	Float32Array.from(values),
];

function folderOf(context: TestContext, files: Record<string, string | Uint8Array>): string {
	const folder = temporaryFolder(context);
	for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
	return folder;
}

const numbers = (folder: string): Record<string, unknown> =>
	Object.fromEntries(
		[...readWeights(folder)].map(([name, { data, shape }]) => [name, [data.constructor.name, shape, [...data]]]),
	);

function refused(folder: string, name: ErrorName, sentence: RegExp): void {
	for (const read of [readWeights, readWeightShapes]) {
		assert.throws(
			() => read(folder),
			(error) => isError(error, name) && sentence.test(error.message),
		);
	}
}

test("every floating-point type becomes float32, and buffers of integers are left out", (context) => {
	const folder = folderOf(context, {
		"model.safetensors": safetensorsOf({
			// The tensors after this one lie at odd offsets.
			mask: ["BOOL", [3], Uint8Array.of(0, 1, 1)],
			double: ["F64", [2], Float64Array.of(0.1, 1e300)],
			half: ["F16", [3], Uint16Array.of(0x3c00, 0xc000, 0x0001)],
			brain: ["BF16", [1, 2], Uint16Array.of(0x3f80, 0xc0a0)],
			single: ["F32", [2], Float32Array.of(3, -4)],
			"embeddings.position_ids": ["I64", [1, 2], BigInt64Array.of(0n, 1n)],
		}),
	});
	assert.deepEqual(numbers(folder), {
		double: ["Float32Array", [2], [Math.fround(0.1), Infinity]],
		half: ["Float32Array", [3], [1, -2, 2 ** -24]],
		brain: ["Float32Array", [1, 2], [1, -5]],
		single: ["Float32Array", [2], [3, -4]],
	});
	assert.deepEqual([...readWeightShapes(folder)].sort(), [
		["brain", [1, 2]],
		["double", [2]],
		["half", [3]],
		["single", [2]],
	]);
});

const index = (map: Record<string, unknown>): string =>
	JSON.stringify({ metadata: { total_size: 8 }, weight_map: map });
const first = "model-00001-of-00002.safetensors";
const second = "model-00002-of-00002.safetensors";
const shards = { [first]: safetensorsOf({ a: f32(1) }), [second]: safetensorsOf({ b: f32(2) }) };

test("shards are read as their index says, unless the model is there in one piece", (context) => {
	const files = { ...shards, "model.safetensors.index.json": index({ a: first, b: second }) };
	assert.deepEqual(numbers(folderOf(context, files)), { a: ["Float32Array", [1], [1]], b: ["Float32Array", [1], [2]] });
	const both = folderOf(context, { ...files, "model.safetensors": safetensorsOf({ c: f32(3) }) });
	assert.deepEqual(numbers(both), { c: ["Float32Array", [1], [3]] });
});

const hostileIndexes: Record<string, [content: string, name: ErrorName, sentence: RegExp]> = {
	"a shard that is missing": [index({ a: first, b: "model-3.safetensors" }), "notFound", /model-3/],
	"a tensor that its shard lacks": [index({ a: first, c: first, b: second }), "modelInvalid", /has no tensor "c"/],
	"a tensor placed in another shard": [index({ a: second, b: second }), "modelInvalid", /has no tensor "a"/],
	"a tensor that it does not name": [index({ a: first, b: first }), "modelInvalid", /has no tensor "b"/],
	"no map": ["{}", "modelInvalid", /weight_map/],
	"an empty map": [index({}), "modelInvalid", /0 shards/],
	"a list as its map": ['{"weight_map":[]}', "modelInvalid", /weight_map/],
	"a number for a file": [index({ a: 1 }), "modelInvalid", /no name of a safetensors file/],
	"a tensor named twice": [`{"weight_map":{"a":"${first}","a":"${second}"}}`, "modelInvalid", /plain JSON/],
	"a tensor named __proto__": [`{"weight_map":{"__proto__":"${first}"}}`, "modelInvalid", /plain JSON/],
	"deep nesting": [`{"weight_map":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "modelInvalid", /plain JSON/],
	"no JSON": ["weights", "modelInvalid", /plain JSON/],
};

for (const [what, [content, name, sentence]] of Object.entries(hostileIndexes)) {
	test(`an index with ${what} is refused`, (context) => {
		refused(folderOf(context, { ...shards, "model.safetensors.index.json": content }), name, sentence);
	});
}

for (const path of [
	"../model.safetensors",
	"/etc/model.safetensors",
	"sub/model.safetensors",
	"sub\\model.safetensors",
	"C:model.safetensors",
	".model.safetensors",
	"..\u0000.safetensors",
	"a\u0000.safetensors",
	"model.bin",
	`${"a".repeat(300)}.safetensors`,
	"",
]) {
	test(`an index that names ${JSON.stringify(path.slice(0, 30))} is refused`, (context) => {
		const folder = folderOf(context, { ...shards, "model.safetensors.index.json": index({ a: path }) });
		refused(folder, "modelInvalid", /no name of a safetensors file in its own folder/);
	});
}

const otherFormats: Record<string, [files: Record<string, string | Uint8Array>, sentence: RegExp]> = {
	"pytorch_model.bin": [{ "pytorch_model.bin": "PK" }, /pickle.*save_pretrained/],
	"sharded pickles": [{ "pytorch_model-00001-of-00002.bin": "", "pytorch_model.bin.index.json": "{}" }, /pickle/],
	"a checkpoint": [{ "epoch.ckpt": "" }, /epoch\.ckpt.*pickle/],
	"a .pt file": [{ "weights.pt": "" }, /pickle/],
	"a .pkl file": [{ "weights.pkl": "" }, /pickle/],
	"TensorFlow's weights": [{ "tf_model.h5": "" }, /not read.*model\.safetensors/],
	"an archive": [{ "model.tar.gz": "" }, /archive.*Unpack/],
	"a zip of a pickle under another name": [{ "model.safetensors": "PK\u0003\u0004 archive/data.pkl" }, /pickle/],
	"a bare pickle under another name": [
		{ "model.safetensors": Uint8Array.of(0x80, 2, 0x7d, 0x71, 0, 0, 0, 0, 0x58) },
		/pickle/,
	],
	"a gzip under another name": [{ "model.safetensors": Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0) }, /archive/],
	"GGUF under another name": [{ "model.safetensors": "GGUF\u0003\u0000\u0000\u0000\u0000" }, /not safetensors/],
	"int8 weights": [{ "model.safetensors": safetensorsOf({ w: ["I8", [2], Int8Array.of(1, 2)] }) }, /"w" as I8/],
};

for (const [what, [files, sentence]] of Object.entries(otherFormats)) {
	test(`${what} is refused with what to do`, (context) => {
		refused(folderOf(context, files), "modelInvalid", sentence);
	});
}

test("a header whose length looks like the mark of a pickle is read", (context) => {
	const name = "n".repeat(640 - '{"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.length);
	const bytes = safetensorsOf({ [name]: f32(7) });
	assert.deepEqual([...bytes.subarray(0, 9)], [0x80, 2, 0, 0, 0, 0, 0, 0, 0x7b]);
	assert.deepEqual(numbers(folderOf(context, { "model.safetensors": bytes })), { [name]: ["Float32Array", [1], [7]] });
});

test("a folder without weights, and one that is not there, are not found", (context) => {
	refused(folderOf(context, { "config.json": "{}" }), "notFound", /no weights/);
	refused(join(temporaryFolder(context), "gone"), "notFound", /does not exist/);
});

test("a link is followed in Hugging Face's cache alone", (context) => {
	const root = temporaryFolder(context);
	const blob = "a".repeat(64);
	for (const repository of ["models--owner--name", "elsewhere"]) {
		const snapshot = join(root, repository, "snapshots", "main");
		mkdirSync(snapshot, { recursive: true });
		mkdirSync(join(root, repository, "blobs"));
		writeFileSync(join(root, repository, "blobs", blob), safetensorsOf({ a: f32(1) }));
		symlinkSync(`../../blobs/${blob}`, join(snapshot, "model.safetensors"));
	}
	assert.deepEqual(numbers(join(root, "models--owner--name", "snapshots", "main")), { a: ["Float32Array", [1], [1]] });
	refused(join(root, "elsewhere", "snapshots", "main"), "modelInvalid", /symbolic link/);
});
