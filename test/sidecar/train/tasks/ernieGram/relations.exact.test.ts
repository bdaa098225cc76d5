import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../../../../sidecar/autodiff/compile.ts";
import { add, cast, mul } from "../../../../../sidecar/autodiff/functions.ts";
import { gradients } from "../../../../../sidecar/autodiff/gradients.ts";
import { Graph } from "../../../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../../../sidecar/autodiff/value.ts";
import { createRandom } from "../../../../../sidecar/base/random.ts";
import { gumbelNoise } from "../../../../../sidecar/data/gumbelNoise.ts";
import { longestNgram } from "../../../../../sidecar/data/ngramMasks/lexicon.ts";
import { type NgramBatch, ngramShape, sliceNgramBatch } from "../../../../../sidecar/data/ngramMasks/ngramBatch.ts";
import { encoderConfigSchema } from "../../../../../sidecar/model/config.ts";
import { detectorSpecs } from "../../../../../sidecar/model/detector.ts";
import { generatorConfig } from "../../../../../sidecar/model/generator.ts";
import { ngramGeneratorSpecs } from "../../../../../sidecar/model/ngramGenerator.ts";
import { ngramNames, ngramSpecs } from "../../../../../sidecar/model/ngramHead.ts";
import { parameterSpecs } from "../../../../../sidecar/model/parameters.ts";
import { openSession } from "../../../../../sidecar/session/session.ts";
import { floats, type Tensor, tensor } from "../../../../../sidecar/session/tensor.ts";
import { relationFeeds } from "../../../../../sidecar/train/tasks/ernieGram/feeds.ts";
import { ernieGramLoss, ngramLosses, ngramViews } from "../../../../../sidecar/train/tasks/ernieGram/loss.ts";
import { relationInputs } from "../../../../../sidecar/train/tasks/ernieGram/relations.ts";
import {
	collateExample,
	masking,
	ngrams,
	rows,
	shape,
	special,
	textLength,
	vocabularySize,
} from "../../../../support/ngramExample.ts";
import { referenceHidden, referenceLogits } from "../../../../support/referenceEncoder.ts";
import { affine, geluExact, logSumExp } from "../../../../support/referenceMath.ts";

const classes = vocabularySize + ngrams;
// Absolute positions, which the reference knows for queries too: they have that of their mask.
const config = encoderConfigSchema.parse({
	architecture: "modernbert",
	layers: 2,
	hiddenSize: 16,
	heads: 2,
	intermediateSize: 24,
	vocabularySize,
	maxPositions: shape.length,
	paddingId: special.pad,
	positionEmbedding: "absolute",
	globalAttentionEveryNLayers: 1,
});
const sizes = { layers: 1, hiddenSize: 8, heads: 1, intermediateSize: 12 };
const generator = { sizes, ngrams, textLength, detectorWeight: 3 };
const weights = { coarse: 0.5, fine: 2 };
const ownSpecs = ngramGeneratorSpecs(config, sizes, ngrams);
const specs = [
	...parameterSpecs(config),
	...ngramSpecs(config, { ngrams, queries: longestNgram }),
	...detectorSpecs(config),
	...ownSpecs,
];
const values = new Map(
	specs.map(({ name, shape: size, init }, index) => {
		const random = createRandom(5, index);
		const count = size.reduce((product, side) => product * side, 1);
		return [name, Float32Array.from({ length: count }, () => (init.kind === "ones" ? 1 : 0) + 0.3 * random.normal())];
	}),
);

const pool = gumbelNoise(4, classes);

interface Drawing {
	/** Changes a mask's noise [classes]; `label` is the class of what it hides. */
	readonly noise?: (row: Float32Array, label: number, mask: number) => void;
	readonly share?: number;
}

function feedsOf(batch: NgramBatch, { noise, share = 0.6 }: Drawing = {}, part = 0): Record<string, Tensor> {
	const drawing = { seed: 4, step: 2, share, textLength, padId: special.pad, classes };
	const feeds = relationFeeds({ batch, part, noise: pool, ...drawing });
	const drawn = feeds[relationInputs.noise]!.data as Float32Array;
	batch.coarse.labels.forEach((label, mask) => {
		noise?.(drawn.subarray(mask * classes, (mask + 1) * classes), label, mask);
	});
	return feeds;
}

function build(part = shape) {
	const graph = new Graph();
	const parameters = new Map(specs.map(({ name, shape: size }) => [name, graph.input(name, size)]));
	return { graph, parameters, options: { config, shape: part, generator } };
}

async function run(outputs: Record<string, Value>, feeds: Record<string, Tensor>) {
	const { model, inputs } = compile(outputs);
	const session = await openSession(model, { executionProvider: "cpu", threads: 1 });
	const all = {
		...Object.fromEntries(specs.map(({ name, shape: size }) => [name, tensor(values.get(name)!, size)])),
		...feeds,
	};
	const found = await session.run(Object.fromEntries(Object.keys(inputs).map((name) => [name, all[name]!])));
	const result = Object.fromEntries(Object.entries(found).map(([name, value]) => [name, floats(value).slice()]));
	await session.release();
	return result;
}

async function lossesOf(feeds: Record<string, Tensor>) {
	const { graph, parameters, options } = build();
	const { coarse, fine, generator: ofGenerator, detector } = ngramLosses(graph, parameters, options);
	const total = build();
	const loss = ernieGramLoss(total.graph, total.parameters, { ...total.options, weights });
	const parts = await run({ coarse, fine: fine!, generator: ofGenerator!, detector: detector! }, feeds);
	return { ...parts, ...(await run({ loss }, feeds)) };
}

async function drawsOf(feeds: Record<string, Tensor>) {
	const { graph, parameters, options } = build();
	const { inputIds, replaced } = ngramViews(graph, parameters, options).sampled!;
	const found = await run({ ids: cast(inputIds, "float32"), replaced }, feeds);
	return { ids: [...found["ids"]!], replaced: [...found["replaced"]!] };
}

type Variant = "draws of no noise" | "labels of all draws" | "detector at masks too" | "generator reads draws";

/** The loss in float64 from sections 3.3 and 3.4 (and, in `variant`, what they do not say). */
function byHand(batch: NgramBatch, feeds: Record<string, Tensor>, variant?: Variant) {
	const ints = (name: string) => feeds[name]!.data as Int32Array;
	const [noise, drawn] = [relationInputs.noise, relationInputs.drawn].map((name) => feeds[name]!.data as Float32Array);
	/** One table of all that may stand in a row, and a class for each. */
	const wide = (prefix: string) => {
		const all = new Map([...values].map(([name, data]) => [name, [...data]]));
		for (const [name, data] of values) if (prefix !== "") all.set(name.replace(prefix, ""), [...data]);
		const words = ["model.embeddings.tok_embeddings.weight", ngramNames.embedding, ngramNames.queries];
		all.set(
			words[0]!,
			words.flatMap((name) => all.get(name)!),
		);
		all.set("decoder.bias", [...all.get("decoder.bias")!, ...all.get(ngramNames.bias)!, 0, 0, 0]);
		return new Map([...all].map(([name, data]) => [name, Float64Array.from(data)]));
	};
	const sees = (i: number, j: number) => batch.segments[i] === batch.segments[j] && (batch.views[j]! < 2 || i === j);
	const seen = { batch: batch.rows, length: batch.length, positions: batch.positions, segments: batch.segments, sees };
	const width = classes + longestNgram;
	const logitsAt = (logits: Float64Array, at: number, count: number) => logits.subarray(at * width, at * width + count);
	const small = generatorConfig(config, sizes);
	const read = variant === "generator reads draws" ? ints("input_ids") : batch.inputIds;
	const proposed = referenceLogits(small, wide("generator."), { ...seen, inputIds: read });
	const [ids, replaced] = [batch.inputIds.slice(), new Set<number>()];
	batch.coarse.positions.forEach((at, mask) => {
		if (drawn![mask] === 0) return;
		const scores = logitsAt(proposed, at, classes).map(
			(logit, id) => logit + (variant === "draws of no noise" ? 0 : noise![mask * classes + id]!),
		);
		ids[at] = scores.indexOf(Math.max(...scores));
		if (ids[at] !== batch.coarse.labels[mask] || variant === "labels of all draws") replaced.add(at);
	});
	const logits = referenceLogits(config, wide(""), { ...seen, inputIds: ids });
	const hidden = referenceHidden(config, wide(""), { ...seen, inputIds: ids });
	const judge = (from: Float64Array, view: "coarse" | "fine", count: number) =>
		batch[view].positions.reduce((sum, at, row) => {
			const z = logitsAt(from, at, count);
			return sum + batch[view].weights[row]! * (logSumExp(z) - z[batch[view].labels[row]!]!);
		}, 0);
	const dense = (name: string) => ({
		weight: Float64Array.from(values.get(`${name}.weight`)!),
		bias: Float64Array.from(values.get(`${name}.bias`)!),
		inner: 16,
	});
	let detector = 0;
	ids.forEach((id, at) => {
		if (batch.segments[at]! < 0 || batch.views[at]! > 1) return;
		if (id === special.mask && variant !== "detector at masks too") return;
		const active = affine(hidden.slice(at * 16, at * 16 + 16), dense("discriminator_predictions.dense")).map(geluExact);
		const [logit] = affine(active, dense("discriminator_predictions.dense_prediction"));
		detector += Math.log1p(Math.exp(replaced.has(at) ? -logit! : logit!)) * batch.maskWeight;
	});
	const [coarse, fine] = [judge(logits, "coarse", classes), judge(logits, "fine", vocabularySize)];
	const loss = 0.5 * coarse + 2 * fine + judge(proposed, "coarse", classes) + 3 * detector;
	return { loss, ids: [...ids], replaced: [...replaced] };
}

test("the loss is the sum of both views, the generator's and the detector's of a float64 model, and of no broken variant", async () => {
	const batch = collateExample(5);
	const feeds = feedsOf(batch, { noise: (row, label, mask) => mask % 4 === 0 && row.fill(50, label, label + 1) });
	const { loss, coarse, fine, generator: own, detector } = await lossesOf(feeds);
	const total = loss![0]!;
	const sum = 0.5 * coarse![0]! + 2 * fine![0]! + own![0]! + 3 * detector![0]!;
	assert.ok(Math.abs(total - sum) < 1e-6 * total, `${total} is not ${sum}`);
	const expected = byHand(batch, feeds);
	const { ids, replaced } = await drawsOf(feeds);
	assert.deepEqual(ids, expected.ids);
	assert.deepEqual(
		replaced.flatMap((one, at) => (one === 1 ? [at] : [])),
		expected.replaced.sort((a, b) => a - b),
	);
	assert.ok(expected.replaced.length > 2 && ids.some((id) => id >= vocabularySize && id < classes));
	assert.ok(Math.abs(total - expected.loss) < 1e-5 * total, `${total} is not ${expected.loss}`);
	for (const variant of [
		"draws of no noise",
		"labels of all draws",
		"detector at masks too",
		"generator reads draws",
	] as const) {
		assert.ok(Math.abs(total - byHand(batch, feeds, variant).loss) > 1e-3 * total, variant);
	}
});

test("a draw that is the original counts as no replacement; with an oracle for generator nothing is replaced", async () => {
	const batch = collateExample(4);
	const oracle = (row: Float32Array, label: number) => row.fill(1000, label, label + 1);
	const hit = await drawsOf(feedsOf(batch, { noise: oracle, share: 1 }));
	assert.deepEqual(new Set(hit.replaced), new Set([0]));
	batch.coarse.positions.forEach((at, mask) => {
		if (batch.coarse.weights[mask]! > 0) assert.equal(hit.ids[at], batch.coarse.labels[mask]);
	});
	assert.ok(!hit.ids.includes(special.mask), "no mask is left where all are drawn");
	const wrong = (row: Float32Array, label: number, mask: number) => {
		oracle(row, label);
		if (mask === 1) row.fill(2000, (label + 1) % classes, ((label + 1) % classes) + 1);
	};
	const missed = await drawsOf(feedsOf(batch, { noise: wrong, share: 1 }));
	assert.deepEqual(
		missed.replaced.flatMap((one, at) => (one === 1 ? [at] : [])),
		[batch.coarse.positions[1]],
	);
});

test("the share says how many masks are drawn; the others stay masks, of which the detector says nothing", async () => {
	let [masks, drawn] = [0, 0];
	for (let epoch = 0; epoch < 30; epoch++) {
		const batch = collateExample(epoch);
		const feeds = feedsOf(batch, { share: 0.3 });
		const isDrawn = feeds[relationInputs.drawn]!.data as Float32Array;
		const judged = feeds[relationInputs.detectorWeights]!.data as Float32Array;
		const ids = feeds["input_ids"]!.data as Int32Array;
		batch.coarse.positions.forEach((at, mask) => {
			if (batch.coarse.weights[mask] === 0) return;
			masks++;
			drawn += isDrawn[mask]!;
			assert.equal(ids[at], isDrawn[mask] === 1 ? batch.coarse.labels[mask] : special.mask);
			assert.equal(judged[at]! > 0, isDrawn[mask] === 1);
		});
		const texts = batch.segments.filter((segment, at) => segment >= 0 && batch.views[at] === 0).length;
		const drawnHere = isDrawn.reduce((sum, one) => sum + one, 0);
		assert.equal(judged.filter((weight) => weight > 0).length, texts + drawnHere);
	}
	assert.ok(Math.abs(drawn / masks - 0.3) < 3 * Math.sqrt(0.21 / masks), `${drawn} of ${masks}`);
});

test("what the encoder learns reaches the generator by the shared embeddings alone", async () => {
	const feeds = feedsOf(collateExample(6));
	const gradientOf = async (lossOf: (losses: ReturnType<typeof ngramLosses>) => Value) => {
		const { graph, parameters, options } = build();
		const names = [...ownSpecs.map(({ name }) => name), "model.embeddings.tok_embeddings.weight", ngramNames.embedding];
		const found = gradients(
			lossOf(ngramLosses(graph, parameters, options)),
			names.map((name) => parameters.get(name)!),
		);
		const results = await run(Object.fromEntries(found.map((one, index) => [`g${index}`, one])), feeds);
		const sizesOf = names.map((_, index) => results[`g${index}`]!.reduce((sum, one) => sum + Math.abs(one), 0));
		return { own: sizesOf.slice(0, -2).reduce((sum, one) => sum + one), shared: sizesOf.slice(-2) };
	};
	const ofEncoder = ({ coarse, fine, detector }: ReturnType<typeof ngramLosses>) => add(add(coarse, fine!), detector!);
	const fromEncoder = await gradientOf(ofEncoder);
	assert.equal(fromEncoder.own, 0);
	assert.ok(fromEncoder.shared.every((size) => size > 1e-3));
	// The same check is red where anything of the generator is let through.
	const leaking = await gradientOf((losses) => add(ofEncoder(losses), mul(losses.generator!, 1e-3)));
	assert.ok(leaking.own > 1e-6);
	const ownAlone = await gradientOf(({ generator: own }) => own!);
	assert.ok(ownAlone.own > 1e-3 && ownAlone.shared.every((size) => size > 1e-3));
});

test("the losses of the parts of a batch sum to the whole batch's, with the same draws at the same places", async () => {
	const batch = collateExample(1);
	const lossOf = async (own: NgramBatch, part: number, size: typeof shape) => {
		const { graph, parameters, options } = build(size);
		const loss = ernieGramLoss(graph, parameters, { ...options, weights });
		return (await run({ loss }, feedsOf(own, {}, part)))["loss"]![0]!;
	};
	const whole = await lossOf(batch, 0, shape);
	const one = ngramShape({ rows: 1, textLength, hasFine: true }, masking);
	let sum = 0;
	for (let part = 0; part < rows.count; part++) sum += await lossOf(sliceNgramBatch(batch, part, one), part, one);
	assert.ok(Math.abs(sum - whole) < 1e-5 * whole, `${sum} is not ${whole}`);
});
