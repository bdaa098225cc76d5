import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../../../../sidecar/autodiff/compile.ts";
import { softmax } from "../../../../../sidecar/autodiff/functions.ts";
import { Graph } from "../../../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../../../sidecar/autodiff/value.ts";
import { ngramMark } from "../../../../../sidecar/data/masking/tokenMark.ts";
import { longestNgram, ngramTokens } from "../../../../../sidecar/data/ngramMasks/lexicon.ts";
import { type NgramBatch, ngramShape, sliceNgramBatch } from "../../../../../sidecar/data/ngramMasks/ngramBatch.ts";
import { segmentPositions } from "../../../../../sidecar/data/packing.ts";
import { maskedStates } from "../../../../../sidecar/inference/scorer.ts";
import { encoderConfigSchema } from "../../../../../sidecar/model/config.ts";
import { maskedLmHead } from "../../../../../sidecar/model/heads.ts";
import { coarseLogits, ngramNames, ngramSpecs } from "../../../../../sidecar/model/ngramHead.ts";
import { initialParameters, parameterSpecs } from "../../../../../sidecar/model/parameters.ts";
import { openSession } from "../../../../../sidecar/session/session.ts";
import { floats, type Tensor, tensor } from "../../../../../sidecar/session/tensor.ts";
import { ngramFeeds } from "../../../../../sidecar/train/tasks/ernieGram/feeds.ts";
import { ernieGramLoss, ngramViews } from "../../../../../sidecar/train/tasks/ernieGram/loss.ts";
import {
	collateExample,
	lexicon,
	masking,
	ngrams,
	rows,
	shape,
	special,
	textLength,
	vocabularySize,
} from "../../../../support/ngramExample.ts";

const config = encoderConfigSchema.parse({
	architecture: "modernbert",
	layers: 2,
	hiddenSize: 16,
	heads: 2,
	intermediateSize: 24,
	vocabularySize,
	maxPositions: shape.length,
	paddingId: special.pad,
	globalAttentionEveryNLayers: 1,
});
const specs = [...parameterSpecs(config), ...ngramSpecs(config, { ngrams, queries: longestNgram })];
const values = new Map(
	[...initialParameters(specs, 3)].map(([name, data]) => [
		name,
		/embedding|queries|bias/.test(name) ? data.map((x, at) => 20 * x + 0.01 * (at % 7)) : data,
	]),
);

test("maximum matching marks the longest n-gram from the left, and none across documents", () => {
	const found: [number, number[]][] = [];
	rows.marks!.forEach((mark, at) => {
		if (ngramMark.length(mark) > 0) found.push([at, [...ngramTokens(lexicon, ngramMark.id(mark))]]);
	});
	for (const [at, ids] of found) {
		assert.deepEqual([...rows.tokens.subarray(at, at + ids.length)], ids);
		const documents = new Set(rows.segments.subarray(at, at + ids.length));
		assert.equal(documents.size, 1);
	}
	const first = found.filter(([at]) => at < textLength).map(([, ids]) => ids.join(" "));
	assert.deepEqual(first, ["4 5", "6 7 8", "9 10 11", "4 5", "7 8", "9 10 11", "4 5", "4 5", "6 7 8"]);
});

test("an n-gram becomes one mask: the row shortens by n - 1, positions follow, and its id and tokens are the labels", () => {
	let wholes = 0;
	for (let epoch = 0; epoch < 40; epoch++) {
		const batch = collateExample(epoch);
		const text = textOf(batch);
		// Restoring what each mask hides gives the rows as they were.
		assert.deepEqual(
			text.restored,
			[...rows.tokens].filter((id) => id !== special.pad),
		);
		assert.equal(text.length, text.restored.length - text.shortening);
		assert.ok(text.masks <= shape.masks);
		wholes += text.wholes;
		for (let row = 0; row < rows.count; row++) {
			const [from, end] = [row * shape.length, row * shape.length + text.lengths[row]!];
			assert.deepEqual(batch.positions.slice(from, end), segmentPositions(batch.segments.subarray(from, end)));
			assert.deepEqual(
				[...batch.places.subarray(from, end)],
				Array.from({ length: end - from }, (_, at) => at),
			);
		}
		const queries = batch.fine.weights.filter((weight) => weight > 0).length;
		assert.equal(queries, text.wholeTokens);
		for (let query = 0; query < queries; query++) {
			const at = batch.fine.positions[query]!;
			const place = batch.places[at]! + Math.floor(at / shape.length) * shape.length;
			assert.equal(batch.inputIds[place], special.mask, "a query stands where its n-gram's mask does");
			assert.equal(batch.positions[at], batch.positions[place]);
		}
	}
	assert.ok(wholes > 40);
});

test("what is said at a mask depends on no query, nor what is said at a query on another's, bit by bit", async () => {
	const batch = collateExample(3);
	const before = await views(batch);
	const query = batch.fine.positions[0]!;
	const afterQuery = await views(changed(batch, query, vocabularySize + 2));
	assert.deepEqual(afterQuery.coarse, before.coarse);
	assert.deepEqual(
		differing(before.fine, afterQuery.fine, vocabularySize),
		[0],
		"of the queries, the changed one alone",
	);
	// What stands at a mask is context of both views: a draw of the generator may stand there.
	const afterMask = await views(changed(batch, batch.coarse.positions[0]!, 12));
	for (const [view, width] of [
		["coarse", vocabularySize + ngrams],
		["fine", vocabularySize],
	] as const) {
		assert.ok(differing(before[view], afterMask[view], width).length > 1, view);
	}
	// With plain attention over the same rows, masks would see queries, and queries each other.
	const broken = { ...batch, views: new Int32Array(batch.views.length) };
	const [leaking, leakingQuery] = [await views(broken), await views(changed(broken, query, vocabularySize + 2))];
	assert.notDeepEqual(leakingQuery.coarse, leaking.coarse);
	assert.ok(differing(leaking.fine, leakingQuery.fine, vocabularySize).length > 1);
});

test("text and masks see what they see in the model that serves, which says the same at every mask", async () => {
	const graph = new Graph();
	const batch = collateExample(2);
	const { coarse } = await views(batch);
	const outputs = maskedStates(graph, {
		config,
		shape: { rows: rows.count, sequenceLength: shape.length, maskedRows: shape.masks },
		weights: undefined,
	});
	const hidesQueries = (column: Int32Array, empty: number) =>
		column.map((value, at) => (batch.views[at]! > 1 ? empty : value));
	const served = await run(
		{ tokens: maskedLmHead(config, outputs.parameters, outputs.masked) },
		{
			input_ids: tensor(hidesQueries(batch.inputIds, special.pad), [rows.count, shape.length]),
			segments: tensor(hidesQueries(batch.segments, -1), [rows.count, shape.length]),
			positions: tensor(batch.positions, [rows.count, shape.length]),
			masked_positions: tensor(batch.coarse.positions, [shape.masks]),
		},
	);
	for (let mask = 0; mask < weightsCount(batch); mask++) {
		for (let token = 0; token < vocabularySize; token++) {
			const [one, other] = [
				coarse[mask * (vocabularySize + ngrams) + token]!,
				served["tokens"]![mask * vocabularySize + token]!,
			];
			assert.ok(Math.abs(one - other) < 1e-4, `mask ${mask}, token ${token}: ${one} is not ${other}`);
		}
	}
});

test("the loss is the hand-made sum over masks and over the tokens of n-grams, with the weight of each", async () => {
	const batch = collateExample(5);
	const { coarse, fine } = await views(batch);
	const judge = (logits: Float32Array, { labels, weights }: NgramBatch["coarse"], width: number): number => {
		let sum = 0;
		weights.forEach((weight, row) => {
			if (weight === 0) return;
			const z = [...logits.subarray(row * width, (row + 1) * width)];
			sum += Math.log(z.reduce((total, one) => total + Math.exp(one), 0)) - z[labels[row]!]!;
		});
		return sum / weightsCount(batch);
	};
	const own = judge(coarse, batch.coarse, vocabularySize + ngrams);
	const tokens = judge(fine, batch.fine, vocabularySize);
	for (const weights of [
		{ coarse: 1, fine: 1 },
		{ coarse: 0.5, fine: 2 },
	]) {
		const expected = weights.coarse * own + weights.fine * tokens;
		const loss = await lossOf(batch, weights);
		assert.ok(Math.abs(loss - expected) < 1e-5 * expected, `${loss} is not ${expected}`);
	}
	assert.ok(Math.abs((await lossOf(batch, { coarse: 1, fine: 1 })) - own) > 0.1, "the fine view counts");
});

test("the losses of the parts of a batch sum to the whole batch's", async () => {
	const batch = collateExample(1);
	const whole = await lossOf(batch, { coarse: 1, fine: 1 });
	const part = ngramShape({ rows: 1, textLength, hasFine: true }, masking);
	let sum = 0;
	for (let at = 0; at < rows.count; at++)
		sum += await lossOf(sliceNgramBatch(batch, at, part), { coarse: 1, fine: 1 }, part);
	assert.ok(Math.abs(sum - whole) < 1e-5 * whole, `${sum} is not ${whole}`);
});

test("no row of an n-gram is in the graph that serves", () => {
	const graph = new Graph();
	const one = { rows: 1, sequenceLength: 16, maskedRows: 8 };
	const { masked, parameters } = maskedStates(graph, { config, shape: one, weights: undefined });
	const served = Object.keys(compile({ probabilities: softmax(maskedLmHead(config, parameters, masked), -1) }).inputs);
	assert.deepEqual(
		served.filter((name) => name.includes("ngram")),
		[],
	);
	const all = new Map(parameters);
	for (const { name, shape: size } of specs) if (!all.has(name)) all.set(name, masked.graph.input(name, size));
	const withHead = Object.keys(compile({ logits: coarseLogits(config, all, masked) }).inputs);
	assert.ok(withHead.includes(ngramNames.embedding), "that of idioms has them");
});

/** What stands in the rows once every mask is what it hides, by the labels. */
function textOf(batch: NgramBatch) {
	const hidden = new Map<number, number[]>();
	batch.coarse.positions.forEach((at, index) => {
		if (batch.coarse.weights[index] === 0) return;
		const label = batch.coarse.labels[index]!;
		hidden.set(at, label < vocabularySize ? [label] : [...ngramTokens(lexicon, label - vocabularySize)]);
	});
	const restored: number[] = [];
	const lengths = new Array<number>(batch.rows).fill(0);
	let length = 0;
	batch.inputIds.forEach((id, at) => {
		if (batch.segments[at]! < 0 || batch.views[at]! > 1) return;
		length++;
		lengths[Math.floor(at / batch.length)]!++;
		assert.equal(id === special.mask, hidden.has(at));
		restored.push(...(hidden.get(at) ?? [id]));
	});
	const wholes = [...hidden.values()].filter((ids) => ids.length > 1);
	const wholeTokens = wholes.reduce((sum, ids) => sum + ids.length, 0);
	return {
		restored,
		length,
		lengths,
		masks: hidden.size,
		wholes: wholes.length,
		wholeTokens,
		shortening: wholeTokens - wholes.length,
	};
}

function weightsCount({ coarse }: NgramBatch): number {
	return coarse.weights.filter((weight) => weight > 0).length;
}

function changed(batch: NgramBatch, at: number, id: number): NgramBatch {
	return { ...batch, inputIds: batch.inputIds.with(at, batch.inputIds[at] === id ? id - 1 : id) };
}

/** The rows of `width` in which two tensors differ. */
function differing(one: Float32Array, other: Float32Array, width: number): number[] {
	const rowsFound = new Set<number>();
	one.forEach((value, at) => {
		if (value !== other[at]) rowsFound.add(Math.floor(at / width));
	});
	return [...rowsFound];
}

function inputsFor(graph: Graph): Map<string, Value> {
	return new Map(specs.map(({ name, shape: size }) => [name, graph.input(name, size)]));
}

async function views(batch: NgramBatch): Promise<{ coarse: Float32Array; fine: Float32Array }> {
	const graph = new Graph();
	const { coarse, fine } = ngramViews(graph, inputsFor(graph), { config, shape });
	const found = await run({ coarse, fine: fine! }, ngramFeeds(batch));
	return { coarse: found["coarse"]!, fine: found["fine"]! };
}

async function lossOf(batch: NgramBatch, weights: { coarse: number; fine: number }, size = shape): Promise<number> {
	const graph = new Graph();
	const loss = ernieGramLoss(graph, inputsFor(graph), { config, shape: size, weights });
	return (await run({ loss }, ngramFeeds(batch)))["loss"]![0]!;
}

async function run(outputs: Record<string, Value>, feeds: Record<string, Tensor>) {
	const session = await openSession(compile(outputs).model, { executionProvider: "cpu", threads: 1 });
	const fed = Object.fromEntries(specs.map(({ name, shape: size }) => [name, tensor(values.get(name)!, size)]));
	const found = await session.run({ ...fed, ...feeds });
	const result = Object.fromEntries(Object.entries(found).map(([name, value]) => [name, floats(value).slice()]));
	await session.release();
	return result;
}
