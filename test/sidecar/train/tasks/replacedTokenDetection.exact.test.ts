import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../../../sidecar/autodiff/compile.ts";
import { add, cast, mul } from "../../../../sidecar/autodiff/functions.ts";
import { gradients } from "../../../../sidecar/autodiff/gradients.ts";
import { Graph } from "../../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../../sidecar/autodiff/value.ts";
import { createRandom } from "../../../../sidecar/base/random.ts";
import { collate } from "../../../../sidecar/data/collate.ts";
import { gumbelNoise } from "../../../../sidecar/data/gumbelNoise.ts";
import { maskingSchema } from "../../../../sidecar/data/masking/config.ts";
import { packDocuments } from "../../../../sidecar/data/packing.ts";
import { pieceTable } from "../../../../sidecar/data/pieces.ts";
import { detectingSpecs } from "../../../../sidecar/inference/detector.ts";
import { encoderConfigSchema } from "../../../../sidecar/model/config.ts";
import { corrupters } from "../../../../sidecar/model/corruption.ts";
import { generatorConfig, generatorSpecs } from "../../../../sidecar/model/generator.ts";
import { parameterSpecs } from "../../../../sidecar/model/parameters.ts";
import { createOptimizer, optimizerSchema } from "../../../../sidecar/optim/optimizers.ts";
import { openSession } from "../../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../../sidecar/session/tensor.ts";
import { trainByteLevelBpe } from "../../../../sidecar/tokenizer/trainer.ts";
import { fusedStep, stepNames } from "../../../../sidecar/train/stepGraph.ts";
import { detectionFeeds } from "../../../../sidecar/train/tasks/replacedTokenDetection/feeds.ts";
import {
	type DetectionShape,
	detectionGraph,
	detectionLoss,
} from "../../../../sidecar/train/tasks/replacedTokenDetection/loss.ts";
import { evaluate, exampleBatch } from "../../../support/maskedLmGraph.ts";
import {
	type ReferenceBatch,
	referenceHidden,
	referenceLogits,
	referenceMaskedLmLoss,
} from "../../../support/referenceEncoder.ts";
import { affine, geluExact } from "../../../support/referenceMath.ts";

const config = encoderConfigSchema.parse({
	architecture: "modernbert",
	layers: 2,
	hiddenSize: 16,
	heads: 2,
	intermediateSize: 20,
	vocabularySize: 29,
	maxPositions: 10,
	paddingId: 0,
});
const sizes = { hiddenSize: 8, heads: 1, intermediateSize: 12 };
const shape: DetectionShape = {
	config,
	generator: sizes,
	corrupter: "generator",
	rows: 2,
	sequenceLength: 10,
	maskedRows: 6,
};
const specs = [...detectingSpecs(config), ...generatorSpecs(config, sizes)];
const values = new Map(
	specs.map(({ name, shape: size, init }) => {
		const random = createRandom(7, name.length, name.charCodeAt(name.length - 9));
		const count = size.reduce((product, side) => product * side, 1);
		const center = init.kind === "ones" ? 1 : 0;
		return [name, Float32Array.from({ length: count }, () => center + 0.3 * random.normal())];
	}),
);
const example = exampleBatch(config, 5);
const originals = example.inputIds.map((id, at) => {
	const chosen = example.maskedPositions.subarray(0, 5).indexOf(at);
	return chosen < 0 ? id : example.labels[chosen]!;
});
const realTokens = example.segments.filter((segment) => segment >= 0).length;

interface Feeds {
	readonly noise: Float32Array;
}

function feeds({ noise }: Feeds) {
	return {
		...Object.fromEntries(values),
		input_ids: example.inputIds,
		positions: example.positions,
		segments: example.segments,
		masked_positions: example.maskedPositions,
		labels: example.labels,
		weights: example.weights,
		original_ids: originals,
		noise,
		token_weights: Float32Array.from(example.segments, (segment) => (segment < 0 ? 0 : 1 / realTokens)),
	};
}

function randomNoise(seed: number): Float32Array {
	const random = createRandom(seed);
	return Float32Array.from({ length: 6 * 29 }, () => -Math.log(-Math.log(random.uniform() + 1e-12)));
}

function build() {
	const graph = new Graph();
	const parameters = new Map(specs.map(({ name, shape: size }) => [name, graph.input(name, size)]));
	return { graph, parameters, built: detectionGraph(graph, parameters, shape) };
}

async function run(noise: Float32Array) {
	const { built } = build();
	const outputs = {
		loss: detectionLoss(built, 50),
		generator: built.generatorLoss!,
		detector: built.detectorLoss,
		replaced: built.replaced,
		ids: cast(built.inputIds, "float32"),
	};
	return await evaluate(outputs, feeds({ noise }));
}

/** The same in float64 from the paper's section 2 (and, in `variant`, what it does not say). */
function byHand(noise: Float32Array, variant?: "labels of all chosen" | "chosen tokens alone" | "no noise") {
	const tensors = new Map([...values].map(([name, data]) => [name, Float64Array.from(data)]));
	const ofGenerator = new Map(tensors);
	for (const [name, data] of tensors) ofGenerator.set(name.replace(/^generator\./, ""), data);
	const { batch, length, positions, segments } = example;
	const seen: ReferenceBatch = { batch, length, positions, segments, inputIds: example.inputIds };
	const logits = referenceLogits(generatorConfig(config, sizes), ofGenerator, seen);
	const mlm = referenceMaskedLmLoss(logits, { ...example, vocabularySize: 29 });
	const ids = originals.slice();
	const replaced = new Array<number>(20).fill(0);
	for (let place = 0; place < 5; place++) {
		const at = example.maskedPositions[place]!;
		const scores = Array.from(logits.subarray(at * 29, at * 29 + 29), (logit, token) => {
			return logit + (variant === "no noise" ? 0 : noise[place * 29 + token]!);
		});
		ids[at] = scores.indexOf(Math.max(...scores));
		replaced[at] = variant === "labels of all chosen" || ids[at] !== originals[at] ? 1 : 0;
	}
	const hidden = referenceHidden(config, tensors, { batch, length, positions, segments, inputIds: ids });
	const head = "discriminator_predictions.dense";
	let bce = 0;
	let judged = 0;
	for (let at = 0; at < 20; at++) {
		if (segments[at]! < 0) continue;
		if (variant === "chosen tokens alone" && !example.maskedPositions.subarray(0, 5).includes(at)) continue;
		const row = hidden.subarray(at * 16, at * 16 + 16);
		const dense = (name: string) => ({
			weight: tensors.get(`${name}.weight`)!,
			bias: tensors.get(`${name}.bias`)!,
			inner: 16,
		});
		const active = affine(row, dense(head)).map(geluExact);
		const [logit] = affine(active, dense(`${head}_prediction`));
		bce += Math.log1p(Math.exp(replaced[at] === 1 ? -logit! : logit!));
		judged++;
	}
	return { loss: mlm + (50 * bce) / judged, ids, replaced };
}

test("the loss is L_MLM + 50 L_detector of a float64 model written from the paper, and of no broken variant", async () => {
	const noise = noiseWithAHit();
	const { loss, generator, detector, replaced, ids } = await run(noise);
	const [total, mlm, bce] = [loss![0]!, generator![0]!, detector![0]!];
	assert.ok(Math.abs(total - (mlm + 50 * bce)) < 1e-6 * total, `${total} is not ${mlm} + 50 * ${bce}`);
	const expected = byHand(noise);
	assert.deepEqual([...ids!], [...expected.ids]);
	assert.deepEqual([...replaced!], expected.replaced);
	assert.ok(Math.abs(total - expected.loss) < 1e-5 * expected.loss, `${total} is not ${expected.loss}`);
	for (const variant of ["labels of all chosen", "chosen tokens alone", "no noise"] as const) {
		assert.ok(Math.abs(total - byHand(noise, variant).loss) > 1e-3 * total, variant);
	}
});

/** Noise with which one draw hits the true token. */
function noiseWithAHit(): Float32Array {
	const noise = randomNoise(3);
	noise[2 * 29 + example.labels[2]!] = 100;
	return noise;
}

test("where the generator draws the original, nothing counts as replaced; where it draws another, that alone does", async () => {
	const oracle = randomNoise(4);
	for (let place = 0; place < 6; place++) oracle[place * 29 + example.labels[place]!] = 1000;
	const hit = await run(oracle);
	assert.deepEqual([...hit["ids"]!], [...originals]);
	assert.equal(sum(hit["replaced"]!), 0);
	const wrong = oracle.slice();
	wrong[1 * 29 + ((example.labels[1]! + 1) % 29)] = 2000;
	const missed = await run(wrong);
	assert.equal(sum(missed["replaced"]!), 1);
	assert.equal(missed["replaced"]![example.maskedPositions[1]!], 1);
});

test("the detector's loss reaches the generator by the shared embeddings alone", async () => {
	const { parameters, built } = build();
	const own = generatorSpecs(config, sizes).map(({ name }) => name);
	const embedding = "model.embeddings.tok_embeddings.weight";
	const gradientOf = async (loss: Value): Promise<{ own: number; shared: number }> => {
		const names = [...own, embedding];
		const found = gradients(
			loss,
			names.map((name) => parameters.get(name)!),
		);
		const outputs = Object.fromEntries(found.map((gradient, index) => [`g${index}`, gradient]));
		const results = await evaluate(outputs, feeds({ noise: randomNoise(3) }));
		const sizesOf = names.map((_, index) => sum(results[`g${index}`]!.map(Math.abs)));
		return { own: sum(sizesOf.slice(0, -1)), shared: sizesOf.at(-1)! };
	};
	const fromDetector = await gradientOf(built.detectorLoss);
	assert.equal(fromDetector.own, 0);
	assert.ok(fromDetector.shared > 1e-3);
	// The same check is red where anything of the generator is let through.
	const leaking = await gradientOf(add(built.detectorLoss, mul(built.generatorLoss!, 1e-3)));
	assert.ok(leaking.own > 1e-6);
});

test("both models read one embedding, which the serving graph holds and nothing of the generator", () => {
	const optimizer = createOptimizer(optimizerSchema.parse({ kind: "adamw" }));
	const loss = (graph: Graph, parameters: ReadonlyMap<string, Value>) =>
		detectionLoss(detectionGraph(graph, parameters, shape), 50);
	const step = fusedStep({ parameters: specs, optimizer, clipNorm: 1, task: { loss, rows: 2 } });
	const tables = Object.entries(step.inputs).filter(
		([name, { shape: size }]) => /tok_embeddings/.test(name) && size[0] === 29,
	);
	const parameters = tables.filter(([name]) => `${stepNames.next(name)}` in step.outputs && !/moment|adam/i.test(name));
	assert.deepEqual(
		parameters.map(([name]) => name).filter((name) => specs.some((spec) => spec.name === name)),
		["model.embeddings.tok_embeddings.weight"],
	);
	const { graph, built } = build();
	const table = graph.inputs.get("model.embeddings.tok_embeddings.weight")!;
	const readers = graph.nodes.filter(({ inputs }) => inputs.includes(table)).map(({ op }) => op);
	assert.deepEqual(readers.sort(), ["Gather", "Gather", "Gemm"]); // generator, its decoder, detector
	assert.ok(built.logits.shape[0] === 20);
	assert.ok(detectingSpecs(config).every(({ name }) => !name.startsWith("generator.")));
	// A generator with embeddings of its own would have them among its parameters.
	const alone = parameterSpecs(generatorConfig(config, sizes));
	assert.ok(alone.some(({ name }) => /tok_embeddings/.test(name)));
	assert.ok(generatorSpecs(config, sizes).every(({ name }) => !/tok_embeddings|embeddings\.norm/.test(name)));
});

test("special tokens are never chosen, and 85% of the chosen are masked", () => {
	const texts = Array.from({ length: 60 }, (_, at) => `def f${at}(left, right):\n    return left + right * ${at}\n`);
	const tokenizer = trainByteLevelBpe(texts, { vocabularySize: 300, minFrequency: 1, acrossLines: false });
	const { special } = tokenizer;
	const rows = packDocuments(
		texts.map((text) => tokenizer.encode(text).ids),
		{ sequenceLength: 32, special },
	);
	const pieces = pieceTable(tokenizer);
	const masking = maskingSchema.parse({ rate: 0.15, replacement: { mask: 0.85, random: 0, keep: 0.15 } });
	const indices = Array.from({ length: rows.count }, (_, row) => row);
	const chosen = (table: typeof pieces) => {
		const batch = collate(rows, indices, {
			masking,
			pieces: table,
			maskId: special.mask,
			padId: special.pad,
			seed: 1,
			epoch: 0,
		});
		const places = [...batch.maskedPositions.subarray(0, batch.maskedCount)];
		const masked = places.filter((at) => batch.inputIds[at] === special.mask).length / places.length;
		return { ids: [...batch.labels.subarray(0, batch.maskedCount)], masked };
	};
	const specials = new Set<number>(Object.values(special));
	const { ids, masked } = chosen(pieces);
	assert.ok(ids.length > 150 && ids.every((id) => !specials.has(id)));
	assert.ok(Math.abs(masked - 0.85) < 0.07, `${masked}`);
	// A masker that does not know them takes some.
	assert.ok(chosen({ ...pieces, flags: new Uint8Array(pieces.flags.length) }).ids.some((id) => specials.has(id)));
});

test("draws follow the generator's distribution, and the noise is what makes them draws", async () => {
	const draws = 4000;
	const logits = [0.5, -1, 2, 0, -0.3];
	const weights = logits.map(Math.exp);
	const noise = gumbelNoise(11, 5).rows(
		0,
		Int32Array.from({ length: draws }, (_, at) => at),
		draws,
	);
	const all = Float32Array.from({ length: draws * 5 }, (_, at) => logits[at % 5]!);
	const countsOf = async (given: Float32Array): Promise<number[]> => {
		const graph = new Graph();
		const inputs = { logits: graph.input("logits", [draws, 5]), noise: graph.input("noise", [draws, 5]) };
		const { ids } = await evaluate({ ids: corrupters.generator(inputs) }, { logits: all, noise: given });
		return logits.map((_, token) => ids!.filter((id) => id === token).length);
	};
	const chiSquare = (counts: readonly number[]): number =>
		sum(
			counts.map((count, token) => {
				const expected = (draws * weights[token]!) / sum(weights);
				return (count - expected) ** 2 / expected;
			}),
		);
	assert.ok(chiSquare(await countsOf(noise)) < 18.5); // chi-square of 4 degrees of freedom exceeds 18.47 in 1 of 1000
	assert.ok(chiSquare(await countsOf(new Float32Array(draws * 5))) > 1000);
});

test("a draw is a token even where several are equally likely", async () => {
	const graph = new Graph();
	const noise = graph.input("noise", [2, 4]);
	const { ids } = await evaluate(
		{ ids: corrupters.uniform({ noise }) },
		{ noise: Float32Array.of(1, 3, 3, 0, 5, 5, 5, 5) },
	);
	assert.deepEqual([...ids!], [2, 3]);
});

test("the losses of the parts of a batch sum to the whole batch's, with the same noise at the same places", async () => {
	const batch = {
		...example,
		rows: 2,
		sequenceLength: 10,
		weights: example.weights,
		maskedCount: 5,
		tokenCount: realTokens,
	};
	const noise = gumbelNoise(3, 29);
	const lossOf = async (part: number, parts: number): Promise<number> => {
		const own = { ...shape, rows: 2 / parts };
		const graph = new Graph();
		const parameters = new Map(specs.map(({ name, shape: size }) => [name, graph.input(name, size)]));
		const { model } = compile({ loss: detectionLoss(detectionGraph(graph, parameters, own), 50) });
		const session = await openSession(model, { executionProvider: "cpu", threads: 1 });
		const fed = Object.fromEntries(specs.map(({ name, shape: size }) => [name, tensor(values.get(name)!, size)]));
		const { loss } = await session.run({
			...fed,
			...detectionFeeds({ batch, noise, step: 4, shape: own, part, parts }),
		});
		const result = floats(loss!)[0]!;
		await session.release();
		return result;
	};
	const whole = await lossOf(0, 1);
	const parts = (await lossOf(0, 2)) + (await lossOf(1, 2));
	assert.ok(Math.abs(whole - parts) < 1e-5 * whole, `${parts} is not ${whole}`);
});

function sum(numbers: ArrayLike<number>): number {
	return Array.from(numbers).reduce((total, number) => total + number, 0);
}
