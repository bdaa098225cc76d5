import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../../../../sidecar/autodiff/compile.ts";
import { softmax } from "../../../../../sidecar/autodiff/functions.ts";
import { Graph } from "../../../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../../../sidecar/autodiff/value.ts";
import { maskingSchema } from "../../../../../sidecar/data/masking/config.ts";
import { ngramMark } from "../../../../../sidecar/data/masking/tokenMark.ts";
import { collateNgrams } from "../../../../../sidecar/data/ngramMasks/collateNgrams.ts";
import { longestNgram, type NgramLexicon, ngramTokens } from "../../../../../sidecar/data/ngramMasks/lexicon.ts";
import { withNgramMarks } from "../../../../../sidecar/data/ngramMasks/matchNgrams.ts";
import { type NgramBatch, ngramShape, sliceNgramBatch } from "../../../../../sidecar/data/ngramMasks/ngramBatch.ts";
import { packDocuments, segmentPositions } from "../../../../../sidecar/data/packing.ts";
import type { PieceTable } from "../../../../../sidecar/data/pieces.ts";
import { maskedStates } from "../../../../../sidecar/inference/scorer.ts";
import { encoderConfigSchema } from "../../../../../sidecar/model/config.ts";
import { maskedLmHead } from "../../../../../sidecar/model/heads.ts";
import { coarseLogits, ngramNames, ngramSpecs } from "../../../../../sidecar/model/ngramHead.ts";
import { initialParameters, parameterSpecs } from "../../../../../sidecar/model/parameters.ts";
import { openSession } from "../../../../../sidecar/session/session.ts";
import { floats, type Tensor, tensor } from "../../../../../sidecar/session/tensor.ts";
import { ernieGramLoss, ngramFeeds, ngramViews } from "../../../../../sidecar/train/tasks/ernieGram/loss.ts";

// Tokens 0 to 19: 0 [CLS], 1 [SEP], 2 [PAD], 3 [MASK], the others ordinary.
const special = { cls: 0, sep: 1, pad: 2, mask: 3 };
const vocabularySize = 20;
const pieces: PieceTable = {
	vocabularySize,
	flags: Uint8Array.from({ length: vocabularySize }, (_, id) => (id < 4 ? 1 : 2)),
	texts: Array.from({ length: vocabularySize }, (_, id) => `t${id}`),
	ordinary: Int32Array.from({ length: 16 }, (_, at) => at + 4),
};
const lexicon: NgramLexicon = {
	tokens: Int32Array.from([4, 5, -1, 6, 7, 8, 7, 8, -1, 9, 10, 11]),
	statistics: Float32Array.of(4, 3, 2, 1),
	count: 4,
};
const ngrams = 6; // two rows that no n-gram takes
const textLength = 32;
const masking = maskingSchema.parse({
	strategies: [{ name: "ngram" }],
	rate: 0.4,
	replacement: { mask: 1, random: 0, keep: 0 },
});
const documents = [
	[4, 5, 12, 6, 7, 8, 13, 9, 10, 11, 4, 5, 14, 7, 8, 15, 6, 7],
	[9, 10, 11, 4, 5, 4, 5, 16, 6, 7, 8, 17, 7, 8, 18, 19, 9, 10, 11, 12, 13, 4, 5, 6],
	[6, 7, 8, 6, 7, 8, 14, 9, 10, 11, 15, 4, 5, 16],
].map((ids) => Int32Array.from(ids));
const rows = withNgramMarks(packDocuments(documents, { sequenceLength: textLength, special }), lexicon);
const shape = ngramShape({ rows: rows.count, textLength, hasFine: true }, masking);
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
		const batch = collate(epoch);
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

test("the two views say nothing to each other: a changed query or mask changes its own view alone, bit by bit", async () => {
	const batch = collate(3);
	const before = await views(batch);
	const query = batch.fine.positions[0]!;
	const afterQuery = await views(changed(batch, query, vocabularySize + 2));
	assert.deepEqual(afterQuery.coarse, before.coarse);
	assert.deepEqual(
		differing(before.fine, afterQuery.fine, vocabularySize),
		[0],
		"of the queries, the changed one alone",
	);
	const mask = batch.coarse.positions[0]!;
	const afterMask = await views(changed(batch, mask, 12));
	assert.deepEqual(afterMask.fine, before.fine);
	assert.ok(differing(before.coarse, afterMask.coarse, vocabularySize + ngrams).includes(0));
	// With plain attention over the same rows, each would see the other.
	const broken = { ...batch, views: new Int32Array(batch.views.length) };
	const leaking = await views(broken);
	assert.notDeepEqual((await views(changed(broken, query, vocabularySize + 2))).coarse, leaking.coarse);
	assert.notDeepEqual((await views(changed(broken, mask, 12))).fine, leaking.fine);
});

test("the loss is the hand-made sum over masks and over the tokens of n-grams, with the weight of each", async () => {
	const batch = collate(5);
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
	const batch = collate(1);
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

function collate(epoch: number): NgramBatch {
	return collateNgrams(rows, [...Array(rows.count).keys()], {
		shape,
		vocabularySize,
		ngrams,
		masking,
		pieces,
		maskId: special.mask,
		padId: special.pad,
		seed: 7,
		epoch,
	});
}

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
