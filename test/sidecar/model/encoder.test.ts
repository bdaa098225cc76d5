import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { mul, reduceSum } from "../../../sidecar/autodiff/functions.ts";
import { gradients } from "../../../sidecar/autodiff/gradients.ts";
import { Graph, type Value } from "../../../sidecar/autodiff/graph.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import { attentionBias } from "../../../sidecar/model/attention.ts";
import { type EncoderConfig, encoderConfigSchema } from "../../../sidecar/model/config.ts";
import { encoder } from "../../../sidecar/model/encoder.ts";
import { rowsAt } from "../../../sidecar/model/heads.ts";
import { parameterSpecs } from "../../../sidecar/model/parameters.ts";
import { closeTo } from "../../support/closeTo.ts";
import {
	evaluate,
	exampleBatch,
	exampleParameters,
	type MaskedBatch,
	maskedLmFeeds,
	maskedLmGraph,
} from "../../support/maskedLmGraph.ts";
import { referenceLogits, referenceMaskedLmLoss } from "../../support/referenceEncoder.ts";

const tiny = { layers: 2, hiddenSize: 16, heads: 2, intermediateSize: 20, vocabularySize: 29, maxPositions: 10 };
const configs = {
	BERT: encoderConfigSchema.parse({ architecture: "bert", ...tiny, paddingId: 0 }),
	RoBERTa: encoderConfigSchema.parse({ architecture: "roberta", ...tiny, paddingId: 1 }),
	// A window of 4 over documents of up to 8 tokens, so that layer 1 of 3 sees less than its document.
	ModernBERT: encoderConfigSchema.parse({
		architecture: "modernbert",
		...tiny,
		layers: 3,
		globalAttentionEveryNLayers: 2,
		localAttention: 4,
		paddingId: 0,
	}),
	"ModernBERT with wide embeddings, as a generator's": encoderConfigSchema.parse({
		architecture: "modernbert",
		...tiny,
		embeddingSize: 22,
		paddingId: 0,
	}),
	"BERT with a decoder of its own": encoderConfigSchema.parse({
		architecture: "bert",
		...tiny,
		ownDecoder: true,
		paddingId: 0,
	}),
	DistilBERT: encoderConfigSchema.parse({ architecture: "distilbert", ...tiny, paddingId: 0 }),
	"ELECTRA with narrow embeddings": encoderConfigSchema.parse({
		architecture: "electra",
		...tiny,
		embeddingSize: 6,
		paddingId: 0,
	}),
	// Two buckets of their own and some shared to either side, in documents of up to 8 tokens.
	"DeBERTa-v3": encoderConfigSchema.parse({
		architecture: "deberta-v2",
		...tiny,
		maxRelativePositions: 10,
		positionBuckets: 4,
		paddingId: 0,
	}),
	"DeBERTa-v2 with projections of distances, absolute positions and narrow embeddings": encoderConfigSchema.parse({
		architecture: "deberta-v2",
		...tiny,
		embeddingSize: 6,
		positionEmbedding: "absolute",
		typeVocabularySize: 2,
		maxRelativePositions: 4, // shorter than the documents
		positionBuckets: 0,
		sharedRelativeKeys: false,
		relativeNorm: false,
		paddingId: 0,
	}),
	"DeBERTa-v2 with content to position alone": encoderConfigSchema.parse({
		architecture: "deberta-v2",
		...tiny,
		relativeAttention: ["c2p"],
		maxRelativePositions: 10,
		positionBuckets: 6,
		sharedRelativeKeys: false,
		paddingId: 0,
	}),
	"BERT with rotary positions, a gated feed-forward and windows": encoderConfigSchema.parse({
		architecture: "bert",
		...tiny,
		positionEmbedding: "rope",
		feedForward: "geglu",
		globalAttentionEveryNLayers: 2,
		localAttention: 4,
		paddingId: 0,
	}),
	"ModernBERT with absolute positions and a plain feed-forward": encoderConfigSchema.parse({
		architecture: "modernbert",
		...tiny,
		positionEmbedding: "absolute",
		feedForward: "mlp",
		paddingId: 0,
	}),
};

const adapters = {
	LoRA: { kind: "lora", rank: 3, alpha: 5 },
	"LoRA on query and contraction": { kind: "lora", rank: 2, alpha: 2, targets: ["query", "contract"] },
	"a bottleneck": { kind: "sequentialBottleneck", reductionFactor: 5, activation: "silu" },
	"an invertible bottleneck": { kind: "sequentialBottleneckInvertible", reductionFactor: 4, activation: "gelu" },
};
const adapted = Object.fromEntries(
	[
		["BERT", "LoRA"],
		["ModernBERT", "LoRA on query and contraction"],
		["DeBERTa-v3", "LoRA"],
		["DistilBERT", "a bottleneck"],
		["ModernBERT", "a bottleneck"],
		["RoBERTa", "an invertible bottleneck"],
		["ModernBERT", "an invertible bottleneck"],
		["ELECTRA with narrow embeddings", "an invertible bottleneck"],
		["DeBERTa-v2 with projections of distances, absolute positions and narrow embeddings", "an invertible bottleneck"],
	].map(([base, adapter]) => {
		const config = { ...configs[base as keyof typeof configs], adapter: adapters[adapter as keyof typeof adapters] };
		return [`${base}, and ${adapter}`, encoderConfigSchema.parse(config)];
	}),
);

for (const [name, config] of Object.entries({ ...configs, ...adapted })) {
	describe(name, () => {
		const parameters = exampleParameters(config, 3);
		const batch = exampleBatch(config, 5);

		test("gives the logits of the float64 reference", async () => {
			const logits = await logitsOf(config, parameters, batch);
			closeTo(logits, referenceLogits(config, parameters, batch), 1e-5);
		});

		test("gives the loss and the gradients of the reference's finite differences", async () => {
			const { graph: _, parameters: values, loss } = graphOf(config, batch);
			const names = [...values.keys()];
			const results = gradients(loss, [...values.values()]);
			const outputs = { loss, ...Object.fromEntries(results.map((value, i) => [`gradient of ${names[i]}`, value])) };
			const computed = await evaluate(outputs, maskedLmFeeds(batch, parameters));
			const lossAt = (changed: ReadonlyMap<string, Float64Array>): number =>
				referenceMaskedLmLoss(referenceLogits(config, changed, batch), {
					...batch,
					vocabularySize: config.vocabularySize,
				});
			closeTo(computed["loss"]!, [lossAt(parameters)], 1e-6);
			const random = createRandom(7);
			for (const parameter of names) {
				const gradient = computed[`gradient of ${parameter}`]!;
				const largest = gradient.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
				for (let sample = 0; sample < 4; sample++) {
					const at = random.below(gradient.length);
					const expected = finiteDifference(lossAt, parameters, { parameter, at });
					const error = Math.abs(gradient[at]! - expected) / Math.max(Math.abs(expected), 0.1 * largest, 1e-3);
					assert.ok(error < 1e-4, `${parameter}[${at}] is ${gradient[at]}, finite differences give ${expected}.`);
				}
			}
		});

		test("gives the rows that are read, with the gradients of the whole, by indices and by places", async () => {
			const places = Int32Array.of(1, 5, 1, 0, 9, 6); // three of each row, one of them twice, one of them padding
			const indices = places.map((place, at) => place + (at < 3 ? 0 : 10));
			const weights = Float32Array.from({ length: 6 * config.hiddenSize }, (_, at) => Math.sin(at));
			const read = async (
				rowsOf: (encoded: ReturnType<typeof encoderGraph>) => Value,
			): Promise<Record<string, Float32Array>> => {
				const encoded = encoderGraph(config, batch);
				const { graph, values } = encoded;
				const rows = rowsOf(encoded);
				assert.deepEqual(rows.shape, [6, config.hiddenSize]);
				const found = gradients(reduceSum(mul(rows, graph.constant(weights, rows.shape))), [...values.values()]);
				const named = found.map((value, at) => [`gradient of ${[...values.keys()][at]}`, value] as const);
				return await evaluate({ rows, ...Object.fromEntries(named) }, maskedLmFeeds(batch, parameters));
			};
			const whole = await read(({ graph, run }) => rowsAt(run({}), graph.constant(indices, [6])));
			const byIndices = await read(({ graph, run }) => run({ at: graph.constant(indices, [6]) }));
			const byPlaces = await read(({ graph, run }) => run({ at: graph.constant(places, [2, 3]) }));
			for (const [output, values] of Object.entries(whole)) {
				closeTo(byIndices[output]!, values, 1e-5);
				closeTo(byPlaces[output]!, values, 1e-5);
			}
		});

		test("lets no token change the logits of another document", async () => {
			const before = await logitsOf(config, parameters, batch);
			const inputIds = batch.inputIds.slice();
			inputIds[6] = (inputIds[6]! + 1) % config.vocabularySize; // in document 1 of row 0, which is tokens 4 to 9
			const after = await logitsOf(config, parameters, { ...batch, inputIds });
			const changed = changedRows(before, after, config.vocabularySize);
			assert.ok(changed.has(5) && changed.has(6), "the document's own logits should change");
			assert.deepEqual(
				[...changed].filter((row) => row < 4 || row > 9),
				[],
			);
		});

		test("lets padding change no logit of a document", async () => {
			const before = await logitsOf(config, parameters, batch);
			const inputIds = batch.inputIds.slice();
			inputIds[19] = (inputIds[19]! + 1) % config.vocabularySize;
			const after = await logitsOf(config, parameters, { ...batch, inputIds });
			assert.deepEqual(
				[...changedRows(before, after, config.vocabularySize)].filter((row) => row < 18),
				[],
			);
		});

		test("shows the attention probabilities of every layer by module path", async () => {
			const seen = new Map<string, readonly number[]>();
			maskedLmGraph(config, { ...batch, masked: 6 }, (path, value) => seen.set(path, value.shape));
			const attention = [...seen].filter(([path]) => path.endsWith(".probabilities"));
			assert.equal(attention.length, config.layers);
			for (const [, shape] of attention) assert.deepEqual(shape, [2, 2, 10, 10]);
		});
	});
}

test("A BERT layer with embeddings and head gives PyTorch's logits and gradients", async () => {
	const file = new URL("../../fixtures/model/bert.json", import.meta.url);
	const fixture = JSON.parse(readFileSync(file, "utf8"));
	const config = encoderConfigSchema.parse(fixture.config);
	const numbers = (lists: Record<string, number[]>) =>
		new Map(Object.entries(lists).map(([name, list]) => [name, Float64Array.from(list)]));
	const parameters = numbers(fixture.parameters);
	const expected = numbers(fixture.gradients);
	const masked = fixture.maskedPositions.length;
	const batch: MaskedBatch = {
		batch: fixture.batch.batch,
		length: fixture.batch.length,
		inputIds: Int32Array.from(fixture.batch.inputIds),
		positions: Int32Array.from(fixture.batch.positions),
		segments: Int32Array.from(fixture.batch.segments),
		maskedPositions: Int32Array.from(fixture.maskedPositions),
		labels: Int32Array.from(fixture.labels),
		weights: new Float32Array(masked).fill(1 / masked),
	};
	const built = graphOf(config, batch);
	const names = [...expected.keys()];
	assert.deepEqual(names.toSorted(), [...built.parameters.keys()].toSorted());
	const results = gradients(
		built.loss,
		names.map((name) => built.parameters.get(name)!),
	);
	const outputs = Object.fromEntries(results.map((value, i) => [`gradient of ${names[i]}`, value]));
	const computed = await evaluate(
		{ ...outputs, loss: built.loss, logits: built.logits },
		maskedLmFeeds(batch, parameters),
	);
	closeTo(computed["loss"]!, [fixture.loss], 1e-6);
	closeTo(computed["logits"]!, Float64Array.from(fixture.logits), 1e-5);
	for (const [name, gradient] of expected) closeTo(computed[`gradient of ${name}`]!, gradient, 1e-5);
});

function graphOf(config: EncoderConfig, batch: MaskedBatch) {
	return maskedLmGraph(config, { ...batch, masked: batch.labels.length });
}

async function logitsOf(
	config: EncoderConfig,
	parameters: ReadonlyMap<string, Float64Array>,
	batch: MaskedBatch,
): Promise<Float32Array> {
	const { logits } = graphOf(config, batch);
	return (await evaluate({ logits }, maskedLmFeeds(batch, parameters)))["logits"]!;
}

/** The central difference of fourth order; its error is below 1e-8 here. */
function finiteDifference(
	loss: (parameters: ReadonlyMap<string, Float64Array>) => number,
	parameters: ReadonlyMap<string, Float64Array>,
	{ parameter, at }: { parameter: string; at: number },
): number {
	const step = 1e-3;
	const shifted = (distance: number): number => {
		const values = parameters.get(parameter)!.slice();
		values[at]! += distance;
		return loss(new Map(parameters).set(parameter, values));
	};
	return (8 * (shifted(step) - shifted(-step)) - (shifted(2 * step) - shifted(-2 * step))) / (12 * step);
}

function changedRows(before: Float32Array, after: Float32Array, width: number): Set<number> {
	const rows = new Set<number>();
	before.forEach((value, i) => {
		if (value !== after[i]) rows.add(Math.floor(i / width));
	});
	return rows;
}

/** An encoder on the rows of a batch, to be run on all or some of them. */
function encoderGraph(config: EncoderConfig, { batch, length }: MaskedBatch) {
	const graph = new Graph();
	const values = new Map(parameterSpecs(config).map(({ name, shape }) => [name, graph.input(name, shape)]));
	const token = (name: string): Value => graph.input(name, [batch, length], "int32");
	const inputs = {
		inputIds: token("inputIds"),
		positions: token("positions"),
		bias: attentionBias(config, token("segments")),
	};
	return { graph, values, run: (read: { at?: Value }) => encoder(config, values, { ...inputs, ...read }) };
}
