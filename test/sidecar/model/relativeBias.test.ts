import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../../sidecar/autodiff/compile.ts";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../sidecar/autodiff/value.ts";
import { attentionBias } from "../../../sidecar/model/attention.ts";
import { type EncoderConfig, encoderConfigSchema } from "../../../sidecar/model/config.ts";
import { encoder } from "../../../sidecar/model/encoder.ts";
import { fromHuggingFaceConfig, toHuggingFaceConfig } from "../../../sidecar/model/huggingFace.ts";
import { initialParameters, parameterSpecs } from "../../../sidecar/model/parameters.ts";
import { bucketOf, withRelativeBias } from "../../../sidecar/model/relativeBias.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { floats, type Tensor, tensor } from "../../../sidecar/session/tensor.ts";

const length = 12;
const config = encoderConfigSchema.parse({
	architecture: "modernbert",
	layers: 2,
	hiddenSize: 16,
	heads: 2,
	intermediateSize: 24,
	vocabularySize: 30,
	maxPositions: length,
	paddingId: 0,
	globalAttentionEveryNLayers: 1,
	relativePositionBuckets: 32,
});
const ids = Int32Array.from({ length }, (_, at) => 1 + ((at * 7) % 29));

test("buckets are T5's: single distances, then ever wider ones, keys behind the query in the upper half", () => {
	// As T5's _relative_position_bucket gives them for 32 buckets and a largest distance of 128.
	const expected: Record<number, number> = { 0: 0, 1: 17, 7: 23, 8: 24, 12: 25, 16: 26, 127: 31, 500: 31 };
	for (const [distance, bucket] of Object.entries(expected)) assert.equal(bucketOf(Number(distance), 32), bucket);
	for (const [distance, bucket] of Object.entries({ 1: 1, 7: 7, 8: 8, 12: 9, 16: 10, 127: 15, 500: 15 })) {
		assert.equal(bucketOf(-Number(distance), 32), bucket);
	}
});

test("the bias of a pair is that of its distance and head, in every layer, by places where these are given", async () => {
	const places = Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 2, 2, 5]);
	const table = Float32Array.from({ length: 64 }, (_, at) => at / 8);
	const graph = new Graph();
	const inputs = inputsOf(graph, config);
	const input = graph.input("table", [32, 2]);
	const biased = withRelativeBias(inputs, input);
	const placed = withRelativeBias({ ...inputs, places: graph.input("places", [1, length], "int32") }, input);
	const found = await run(
		{ plain: biased.bias.global, placed: placed.bias.global, local: biased.bias.local },
		{ table: tensor(table, [32, 2]), places: tensor(places, [1, length]) },
	);
	assert.deepEqual(found["local"], found["plain"]);
	for (const [name, at] of [
		["plain", (index: number) => index],
		["placed", (index: number) => places[index]!],
	] as const) {
		for (let pair = 0; pair < 2 * length * length; pair++) {
			const [head, query, key] = [Math.floor(pair / length ** 2), Math.floor(pair / length) % length, pair % length];
			assert.equal(found[name]![pair], table[bucketOf(at(key) - at(query), 32) * 2 + head]);
		}
	}
});

test("places that are the indices change nothing, with rotary positions too; others do", async () => {
	const values = initialParameters(parameterSpecs(config), 1);
	const hidden = async (places?: Int32Array): Promise<Float32Array> => {
		const graph = new Graph();
		const parameters = new Map(
			parameterSpecs(config).map(({ name, shape }) => [name, graph.constant(values.get(name)!, shape)]),
		);
		const inputs = inputsOf(graph, config);
		const given = places === undefined ? inputs : { ...inputs, places: graph.input("places", [1, length], "int32") };
		const feeds: Record<string, Tensor> = places === undefined ? {} : { places: tensor(places, [1, length]) };
		return (await run({ hidden: encoder(config, parameters, given) }, feeds))["hidden"]!;
	};
	const indices = Int32Array.from({ length }, (_, at) => at);
	const plain = await hidden();
	assert.deepEqual(await hidden(indices), plain);
	assert.notDeepEqual(await hidden(indices.with(3, 9)), plain);
});

test("a model with such biases is saved and read as ours, since transformers has no such class", () => {
	const file = toHuggingFaceConfig(config, { cls: 1, sep: 2, pad: 0 });
	assert.equal(file["model_type"], "maskwright");
	assert.deepEqual(fromHuggingFaceConfig(JSON.parse(JSON.stringify(file))), config);
});

function inputsOf(graph: Graph, { maxPositions }: EncoderConfig) {
	const segments = graph.constant(new Int32Array(maxPositions), [1, maxPositions]);
	return {
		inputIds: graph.constant(ids, [1, maxPositions]),
		positions: graph.constant(
			Int32Array.from({ length: maxPositions }, (_, at) => at),
			[1, maxPositions],
		),
		bias: attentionBias(config, segments),
	};
}

async function run(
	outputs: Record<string, Value>,
	feeds: Record<string, Tensor>,
): Promise<Record<string, Float32Array>> {
	const session = await openSession(compile(outputs).model, { executionProvider: "cpu", threads: 1 });
	const found = Object.entries(await session.run(feeds)).map(([name, value]) => [name, floats(value).slice()] as const);
	await session.release();
	return Object.fromEntries(found);
}
