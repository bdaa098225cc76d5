import assert from "node:assert/strict";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import { embeddedIds } from "../../../sidecar/inference/embeddedIds.ts";
import { type EmbedderOptions, openEmbedder } from "../../../sidecar/inference/embedder.ts";
import type { ModelParts } from "../../../sidecar/inference/loadedModel.ts";
import { poolingQueryName } from "../../../sidecar/model/pooling.ts";
import { type StoredModel, saveModel } from "../../../sidecar/store/modelFolder.ts";
import { closeTo } from "../../support/closeTo.ts";
import { referenceHidden } from "../../support/referenceEncoder.ts";
import { storedModel } from "../../support/storedModel.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { tinyFillModel } from "../../support/tinyFillModel.ts";

const cpu = { executionProvider: "cpu", threads: 1 } as const;
const sentence = "for item in items:\n    total += item.price\n";
let parts: ModelParts;

before(async () => {
	parts = await tinyFillModel([sentence, "total = compute_total(items)\nprint(total)\n"], {
		vocabularySize: 285,
		steps: 5,
	});
});

/** A model folder, its `maskwright.json` with this embedding section. */
function modelFolder(context: TestContext, embedding: object = {}, change: Partial<StoredModel> = {}): string {
	const folder = join(temporaryFolder(context), "model");
	saveModel(folder, storedModel(parts, { about: { roles: ["search"], scores: null, embedding }, ...change }));
	return folder;
}

async function opened(context: TestContext, folder: string, options: Partial<EmbedderOptions> = {}) {
	const embedder = await openEmbedder(folder, { ...cpu, ...options });
	context.after(() => embedder.release());
	return embedder;
}

/** In float64: the encoder's rows of one text, weighed by the softmax of their product with `query`, as a unit vector. */
function referenceVector(
	text: string,
	query: ArrayLike<number>,
	limit = 32,
	damping = 0,
	config = parts.config,
): number[] {
	const ids = embeddedIds(parts.tokenizer, text, { view: "source", limit });
	const tensors = new Map([...parts.weights].map(([name, data]) => [name, Float64Array.from(data)]));
	const length = ids.length;
	const positions = Int32Array.from(ids, (_, at) => at);
	const batch = { batch: 1, length, inputIds: ids, positions, segments: new Int32Array(length) };
	const hidden = referenceHidden(config, tensors, batch);
	const rows = Array.from(ids, (_, at) => Array.from(hidden.subarray(at * 64, (at + 1) * 64)));
	const scores = rows.map((row, place) => {
		const times = ids.subarray(0, place + 1).filter((id) => id === ids[place]).length;
		return Math.exp(row.reduce((sum, unit, at) => sum + unit * query[at]!, 0)) * times ** -damping;
	});
	const total = scores.reduce((sum, score) => sum + score, 0);
	const pooled = Array.from({ length: 64 }, (_, unit) =>
		rows.reduce((sum, row, at) => sum + (row[unit]! * scores[at]!) / total, 0),
	);
	const norm = Math.sqrt(pooled.reduce((sum, unit) => sum + unit * unit, 0));
	return pooled.map((unit) => unit / norm);
}

test("a vector is the mean of the encoder's rows, scaled to length 1", async (context) => {
	const embedder = await opened(context, modelFolder(context));
	closeTo(await embedder.embed("code", [sentence]), referenceVector(sentence, new Float64Array(64)), 1e-5);
});

test("with weighted pooling a learned query says how much each token counts", async (context) => {
	const random = createRandom(5, 0);
	const query = Float32Array.from({ length: 64 }, () => random.normal());
	const stored = storedModel(parts);
	const tensors = new Map([...stored.tensors, [poolingQueryName, { data: query, shape: [1, 64] }]]);
	const embedder = await opened(context, modelFolder(context, { pooling: "weighted" }, { tensors }));
	closeTo(await embedder.embed("code", [sentence]), referenceVector(sentence, query), 1e-5);
});

test("with damping a token that comes again counts less", async (context) => {
	const embedder = await opened(context, modelFolder(context, { repeatDamping: 0.5 }));
	closeTo(await embedder.embed("code", [sentence]), referenceVector(sentence, new Float64Array(64), 32, 0.5), 1e-5);
});

test("a vector does not depend on the texts beside it, their order or their number", async (context) => {
	const embedder = await opened(context, modelFolder(context));
	const texts = Array.from({ length: 300 }, (_, index) => `${"x = y\n".repeat(index % 7)}total_${index} += item\n`);
	const together = await embedder.embed("code", texts);
	const turned = await embedder.embed("code", [...texts].reverse());
	for (const index of [0, 1, 150, 299]) {
		const vector = together.subarray(index * 64, (index + 1) * 64);
		closeTo(await embedder.embed("code", [texts[index]!]), vector, 1e-5);
		closeTo(turned.subarray((299 - index) * 64, (300 - index) * 64), vector, 1e-5);
	}
});

test("queries and code are cut to their own lengths", async (context) => {
	const embedder = await opened(context, modelFolder(context, { queryTokens: 5, codeTokens: 9 }));
	const query = new Float64Array(64);
	closeTo(await embedder.embed("query", [sentence]), referenceVector(sentence, query, 5), 1e-5);
	closeTo(await embedder.embed("code", [sentence]), referenceVector(sentence, query, 9), 1e-5);
});

test("no text, an empty text and odd characters have vectors too", async (context) => {
	const embedder = await opened(context, modelFolder(context));
	assert.deepEqual(await embedder.embed("query", []), new Float32Array(0));
	const vectors = await embedder.embed("query", ["", "\ud800 \u0000 \u{1f600}", " \n"]);
	for (let row = 0; row < 3; row++) {
		const length = vectors.subarray(row * 64, (row + 1) * 64).reduce((sum, unit) => sum + unit * unit, 0);
		assert.ok(Math.abs(length - 1) < 1e-5, `row ${row} has the squared length ${length}`);
	}
});

test("a smaller vector is the beginning of what fewer layers yield, scaled to length 1", async (context) => {
	const { layers } = parts.config;
	const sizes = [
		[layers, 64],
		[layers - 1, 16],
	];
	const folder = modelFolder(context, { sizes });
	const small = await opened(context, folder, { size: "small" });
	assert.deepEqual([small.dimension, small.size, small.isLargest], [16, `${layers - 1},16`, false]);
	const cut = { ...parts.config, layers: layers - 1 } as typeof parts.config;
	const whole = referenceVector(sentence, new Float64Array(64), 32, 0, cut).slice(0, 16);
	const norm = Math.sqrt(whole.reduce((sum, unit) => sum + unit * unit, 0));
	const vector = await small.embed("code", [sentence]);
	closeTo(
		vector,
		whole.map((unit) => unit / norm),
		1e-5,
	);
	assert.deepEqual(
		await (await opened(context, folder, { size: `${layers - 1},16` })).embed("code", [sentence]),
		vector,
	);
	assert.ok((await opened(context, folder, { size: "large" })).isLargest);
	for (const [size, name, said] of [
		["1,17", "modelInvalid", `trained for ${layers},64 and ${layers - 1},16`],
		["medium", "usage", "Write small, large, or layers,units"],
	] as const) {
		await assert.rejects(openEmbedder(folder, { ...cpu, size }), (error) => {
			return isError(error, name) && error.message.includes(said);
		});
	}
	await assert.rejects(openEmbedder(modelFolder(context), { ...cpu, size: "small" }), (error) => {
		return (
			isError(error, "modelInvalid") && error.message.includes("has no small vectors: it was trained for one alone")
		);
	});
});

test("the identity is that of weights, tokenizer, section and size, not of the folder or the fusion's weight", async (context) => {
	const identity = async (folder: string, options = {}) => (await opened(context, folder, options)).identity;
	const section = {
		sizes: [
			[parts.config.layers, 64],
			[parts.config.layers, 16],
		],
	};
	const first = await identity(modelFolder(context, section));
	assert.equal(await identity(modelFolder(context, { ...section, fusionWeight: 0.5 })), first);
	const [name, data] = [...parts.weights][3]!;
	const stored = storedModel(parts);
	const changed = Float32Array.from(data, (value, at) => (at === 0 ? value + 1e-3 : value));
	const tensors = new Map([...stored.tensors, [name, { data: changed, shape: stored.tensors.get(name)!.shape }]]);
	const others = [
		await identity(modelFolder(context, section, { tensors })),
		await identity(modelFolder(context, { ...section, queryTokens: 8 })),
		await identity(modelFolder(context, section), { size: "small" }),
	];
	assert.equal(new Set([first, ...others]).size, 4);
});

test("a model without a masked-LM head embeds; a broken section or a missing tensor is named", async (context) => {
	const stored = storedModel(parts);
	const encoderOnly = new Map([...stored.tensors].filter(([name]) => name.startsWith("model.")));
	assert.ok(encoderOnly.size < stored.tensors.size);
	const embedder = await opened(context, modelFolder(context, {}, { tensors: encoderOnly }));
	closeTo(await embedder.embed("code", [sentence]), referenceVector(sentence, new Float64Array(64)), 1e-5);
	for (const [folder, said] of [
		[modelFolder(context, { pooling: "median" }), "pooling"],
		[modelFolder(context, { pooling: "weighted" }), poolingQueryName],
	] as const) {
		await assert.rejects(openEmbedder(folder, cpu), (error) => {
			return isError(error, "modelInvalid") && error.message.includes(said);
		});
	}
});

test("a signal that is aborted stops between two runs", async (context) => {
	const embedder = await opened(context, modelFolder(context));
	const abort = new AbortController();
	const texts = Array.from({ length: 1000 }, (_, index) => `total_${index} = items[${index}]\n`);
	const embedding = embedder.embed("code", texts, { signal: abort.signal });
	setImmediate(() => abort.abort());
	await assert.rejects(embedding, (error) => isError(error, "interrupted"));
});
