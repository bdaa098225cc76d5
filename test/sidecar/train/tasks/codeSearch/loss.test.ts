import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../../../../sidecar/autodiff/compile.ts";
import { gradients } from "../../../../../sidecar/autodiff/gradients.ts";
import { Graph } from "../../../../../sidecar/autodiff/graph.ts";
import { createRandom } from "../../../../../sidecar/base/random.ts";
import { embeddingSpecs } from "../../../../../sidecar/inference/vectorizer.ts";
import { type EncoderConfig, encoderConfigSchema } from "../../../../../sidecar/model/config.ts";
import { type NamedSize, type SubModel, subModelsOf } from "../../../../../sidecar/model/subModels.ts";
import { openSession } from "../../../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../../../sidecar/session/tensor.ts";
import {
	type ContrastiveBatch,
	contrastiveFeeds,
	contrastiveLoss,
} from "../../../../../sidecar/train/tasks/codeSearch/loss.ts";
import { closeTo } from "../../../../support/closeTo.ts";
import { referenceHidden } from "../../../../support/referenceEncoder.ts";
import { logSumExp } from "../../../../support/referenceMath.ts";

const batch: ContrastiveBatch = {
	queries: [Int32Array.of(4, 7, 7), Int32Array.of(9), Int32Array.of(11, 4, 5, 6)],
	codes: [Int32Array.of(7, 8, 4, 4, 10), Int32Array.of(9, 5, 12), Int32Array.of(13, 6)],
};
const temperature = 0.1;
const embedding = "model.embeddings.tok_embeddings.weight";

function configWith(layers: number): EncoderConfig {
	return encoderConfigSchema.parse({
		architecture: "modernbert",
		layers,
		hiddenSize: 8,
		heads: 2,
		intermediateSize: 12,
		maxPositions: 16,
		vocabularySize: 20,
		paddingId: 1,
	});
}

function drawParameters(config: EncoderConfig): Map<string, { shape: readonly number[]; data: Float32Array }> {
	return new Map(
		embeddingSpecs(config, "weighted").map(({ name, shape, init }, stream) => {
			const random = createRandom(3, stream);
			const center = init.kind === "ones" ? 1 : 0;
			const size = shape.reduce((product, side) => product * side, 1);
			return [name, { shape, data: Float32Array.from({ length: size }, () => center + 0.5 * random.normal()) }];
		}),
	);
}

type Parameters = ReturnType<typeof drawParameters>;

/** What the smaller sizes count in the tests. */
const distillation = 0.3;

/**
 * The loss in float64 from the papers' formulas: weighted means of the rows of each sub-model, an encoder of so many
 * layers; cosines, both softmaxes; and KL(softmax(whole's first units) || softmax(part)) over units.
 */
function referenceLoss(config: EncoderConfig, parameters: Parameters, smaller: readonly SubModel[] = []): number {
	const tensors = new Map([...parameters].map(([name, { data }]) => [name, Float64Array.from(data)]));
	const query = parameters.get("pooling.query.weight")!.data;
	const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
	const vector = (ids: Int32Array, { layers, units }: SubModel): number[] => {
		const [length, width] = [ids.length, config.hiddenSize];
		const positions = Int32Array.from(ids, (_, at) => at);
		const cut = { ...config, layers } as EncoderConfig;
		const row = { batch: 1, length, inputIds: ids, positions, segments: new Int32Array(length) };
		const hidden = referenceHidden(cut, tensors, row);
		const rows = Array.from(ids, (_, at) => Array.from(hidden.subarray(at * width, (at + 1) * width)));
		const times = Array.from(ids, (id, at) => ids.subarray(0, at + 1).filter((other) => other === id).length);
		const weights = rows.map((row, at) => Math.exp(dot(row, query)) / times[at]!);
		const total = weights.reduce((sum, weight) => sum + weight, 0);
		const mean = (unit: number) => rows.reduce((sum, row, at) => sum + (row[unit]! * weights[at]!) / total, 0);
		return Array.from({ length: units }, (_, unit) => mean(unit));
	};
	const all = [...batch.queries.keys()];
	const unit = (row: number[]): number[] => row.map((value) => value / Math.sqrt(dot(row, row)));
	const logSoftmax = (row: number[]): number[] => row.map((value) => value - logSumExp(Float64Array.from(row)));
	const whole = { layers: config.layers, units: config.hiddenSize };
	const losses = [whole, ...smaller].map((size, place) => {
		const [queries, codes] = [batch.queries, batch.codes].map((side) => side.map((ids) => unit(vector(ids, size))));
		const score = (i: number, j: number): number => dot(queries![i]!, codes![j]!) / temperature;
		const pairs = all.map((i) => {
			const forth = logSumExp(Float64Array.from(all, (j) => score(i, j))) - score(i, i);
			const back = logSumExp(Float64Array.from(all, (j) => score(j, i))) - score(i, i);
			return (forth + back) / 2;
		});
		const texts = [...batch.queries, ...batch.codes];
		const gaps = texts.map((ids) => {
			const [target, own] = [vector(ids, { ...whole, units: size.units }), vector(ids, size)].map(logSoftmax);
			return target!.reduce((sum, value, at) => sum + Math.exp(value) * (value - own![at]!), 0);
		});
		const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
		return mean(pairs) + (place === 0 ? 0 : distillation * mean(gaps));
	});
	return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

async function computed(config: EncoderConfig, parameters: Parameters, smaller: readonly NamedSize[] = []) {
	const sizes = subModelsOf(config, smaller);
	const fixed = { rows: 3, queryTokens: 4, codeTokens: 8, temperature, repeatDamping: 1 };
	const shape = { config, sizes, distillation, ...fixed };
	const graph = new Graph();
	const inputs = new Map([...parameters].map(([name, { shape: sides }]) => [name, graph.input(name, sides)]));
	const loss = contrastiveLoss(graph, inputs, shape);
	const table = inputs.get(embedding)!;
	const { model } = compile({ loss, gradient: gradients(loss, [table])[0]! });
	const session = await openSession(model, { executionProvider: "cpu", threads: 1 });
	const state = [...parameters].map(([name, { data, shape: sides }]) => [name, tensor(data, sides)] as const);
	const outputs = await session.run({ ...Object.fromEntries(state), ...contrastiveFeeds(batch, shape) });
	const result = { loss: floats(outputs["loss"]!)[0]!, gradient: floats(outputs["gradient"]!).slice() };
	await session.release();
	return result;
}

for (const layers of [0, 2]) {
	test(`with ${layers} layers the loss is what float64 gives, and its slope that of float64`, async () => {
		const config = configWith(layers);
		const parameters = drawParameters(config);
		const { loss, gradient } = await computed(config, parameters);
		closeTo([loss], [referenceLoss(config, parameters)], 1e-5);
		const table = parameters.get(embedding)!;
		for (const place of [4 * 8 + 1, 9 * 8 + 3, 13 * 8 + 7, 19 * 8]) {
			const lossAt = (value: number): number => {
				const data = table.data.slice();
				data[place] = value;
				return referenceLoss(config, new Map([...parameters, [embedding, { ...table, data }]]));
			};
			const [above, below] = [Math.fround(table.data[place]! + 1e-3), Math.fround(table.data[place]! - 1e-3)];
			closeTo([gradient[place]!], [(lossAt(above) - lossAt(below)) / (above - below)], 1e-4);
		}
	});
}

test("the loss of several sizes is the mean of theirs, and each smaller one is drawn to the whole", async () => {
	const bag = configWith(0);
	const words = drawParameters(bag);
	const units = [
		{ layers: 0, units: 4 },
		{ layers: 0, units: 2 },
	];
	closeTo([(await computed(bag, words, [2, 4])).loss], [referenceLoss(bag, words, units)], 1e-5);
	const config = configWith(2);
	const parameters = drawParameters(config);
	const pairs = [
		{ layers: 1, units: 4 },
		{ layers: 0, units: 2 },
	];
	const { loss } = await computed(config, parameters, [
		[1, 4],
		[0, 2],
	]);
	const right = referenceLoss(config, parameters, pairs);
	closeTo([loss], [right], 1e-5);
	// Broken variants: a size left out, another depth, no divergence, none of the smaller ones.
	const wrong = [
		referenceLoss(config, parameters, pairs.slice(1)),
		referenceLoss(
			config,
			parameters,
			pairs.map((size) => ({ ...size, layers: 2 })),
		),
		referenceLoss(config, parameters),
	];
	for (const other of wrong) assert.ok(Math.abs(loss - other) > 1e-3, `${other}`);
});

test("rows longer than the shape are cut", () => {
	const shape = {
		config: configWith(2),
		rows: 3,
		queryTokens: 2,
		codeTokens: 3,
		temperature,
		repeatDamping: 1,
		sizes: [],
		distillation: 0,
	};
	const feeds = contrastiveFeeds(batch, shape);
	assert.deepEqual([...feeds["queries.input_ids"]!.data], [4, 7, 9, 0, 11, 4]);
	assert.deepEqual([...feeds["queries.segments"]!.data], [0, 0, 0, -1, 0, 0]);
	assert.deepEqual([...feeds["codes.positions"]!.data], [0, 1, 2, 0, 1, 2, 0, 1, 2]);
});

test("a bag counts its tokens, one that comes again less", () => {
	const shape = {
		config: configWith(0),
		rows: 3,
		queryTokens: 4,
		codeTokens: 8,
		temperature,
		repeatDamping: 1,
		sizes: [],
		distillation: 0,
	};
	const feeds = contrastiveFeeds(batch, shape);
	const distinct = [...feeds["distinct"]!.data];
	assert.deepEqual(distinct.slice(0, 10), [4, 7, 9, 11, 5, 6, 8, 10, 12, 13]);
	assert.ok(distinct.slice(10).every((id) => id === 1));
	assert.deepEqual([...feeds["codes.counts"]!.data.subarray(0, 10)], [1.5, 1, 0, 0, 0, 0, 1, 1, 0, 0]);
	assert.equal(
		floats(feeds["codes.counts"]!).reduce((sum, count) => sum + count, 0),
		9.5,
	);
});
