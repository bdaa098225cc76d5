import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { compile } from "../../../../sidecar/autodiff/compile.ts";
import { reshape } from "../../../../sidecar/autodiff/functions.ts";
import { Graph } from "../../../../sidecar/autodiff/graph.ts";
import { isError } from "../../../../sidecar/base/errors.ts";
import { createRandom } from "../../../../sidecar/base/random.ts";
import { embeddingSectionOf } from "../../../../sidecar/inference/embeddingSection.ts";
import { createVectorizer, embeddingSpecs } from "../../../../sidecar/inference/vectorizer.ts";
import { anySizeGraph } from "../../../../sidecar/interop/export/onnx/anySize.ts";
import { embeddingGraph, fillMaskGraph, requireOneFile } from "../../../../sidecar/interop/export/onnx/graphs.ts";
import { attentionBias } from "../../../../sidecar/model/attention.ts";
import { type EncoderConfig, encoderConfigSchema } from "../../../../sidecar/model/config.ts";
import { encoder } from "../../../../sidecar/model/encoder.ts";
import { maskedLmHead } from "../../../../sidecar/model/heads.ts";
import { initialParameters, type ParameterSpec, parameterSpecs } from "../../../../sidecar/model/parameters.ts";
import { decodeModel } from "../../../../sidecar/onnx/decodeModel.ts";
import { openSession } from "../../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../../sidecar/session/tensor.ts";
import { openOnnx, runOnnx } from "../../../support/runOnnx.ts";

const padId = 1;
const shape = { layers: 2, hiddenSize: 32, heads: 2, intermediateSize: 48, maxPositions: 40, vocabularySize: 211 };

const configs: Record<string, EncoderConfig> = {
	ModernBERT: encoder_({ architecture: "modernbert", layers: 3, globalAttentionEveryNLayers: 2, localAttention: 8 }),
	BERT: encoder_({ architecture: "bert" }),
	RoBERTa: encoder_({ architecture: "roberta" }),
	DistilBERT: encoder_({ architecture: "distilbert" }),
	ELECTRA: encoder_({ architecture: "electra", embeddingSize: 16 }),
	"DeBERTa-v3": encoder_({ architecture: "deberta-v2", positionBuckets: 8, maxRelativePositions: 40 }),
	"BERT with rotary positions and gates": encoder_({
		architecture: "bert",
		positionEmbedding: "rope",
		feedForward: "geglu",
	}),
	"a bag of tokens": encoder_({ architecture: "modernbert", layers: 0 }),
	"a model with sizes like its lengths": encoder_({ architecture: "modernbert", maxPositions: 32, hiddenSize: 32 }),
};

function encoder_(config: Record<string, unknown>): EncoderConfig {
	return encoderConfigSchema.parse({ ...shape, paddingId: padId, ...config });
}

/** Weights in which every unit counts: biases and norms are not at their start. */
function weightsOf(specs: readonly ParameterSpec[]): Map<string, Float32Array> {
	const weights = initialParameters(specs, 1);
	const random = createRandom(7);
	for (const data of weights.values()) for (let at = 0; at < data.length; at++) data[at]! += 0.1 * random.normal();
	return weights;
}

/** Batches of one row and of several, short and as long as the model holds, with padding and tokens that come again. */
function batchesOf({ maxPositions: most }: EncoderConfig): number[][][] {
	return [[1], [5], [most], [3, 17, 9], [most, 1], [8, 8, 8, 8, 8]].map((lengths) =>
		lengths.map((length, row) => Array.from({ length }, (_, at) => 5 + ((row * 31 + at * at) % 60))),
	);
}

/** Our own logits of each row alone [tokens, vocabulary]. */
async function logitsOf(config: EncoderConfig, weights: Map<string, Float32Array>, row: readonly number[]) {
	const graph = new Graph();
	const size = [1, row.length];
	const parameters = new Map(
		parameterSpecs(config).map((spec) => [spec.name, graph.constant(weights.get(spec.name)!, spec.shape)]),
	);
	const ids = graph.input("ids", size, "int32");
	const hidden = encoder(config, parameters, {
		inputIds: ids,
		positions: graph.constant(
			Int32Array.from(row, (_, at) => at),
			size,
		),
		bias: attentionBias(config, graph.constant(new Int32Array(row.length), size)),
	});
	const session = await openSession(compile({ logits: maskedLmHead(config, parameters, hidden) }).model, {
		executionProvider: "cpu",
		threads: 1,
	});
	const { logits } = await session.run({ ids: tensor(Int32Array.from(row), size) });
	await session.release();
	return floats(logits!);
}

/** The largest difference between the first rows of a batch's output and what is expected of them. */
function gap(actual: ArrayLike<number>, expected: ArrayLike<number>, from = 0): number {
	let largest = 0;
	for (let at = 0; at < expected.length; at++)
		largest = Math.max(largest, Math.abs(actual[from + at]! - expected[at]!));
	return largest;
}

for (const [name, config] of Object.entries(configs)) {
	test(`${name}: the fill-mask graph gives our logits at every batch and length`, async (context) => {
		const weights = weightsOf(parameterSpecs(config));
		const session = await openOnnx(fillMaskGraph({ config, weights }));
		let largest = 0;
		for (const rows of batchesOf(config)) {
			const { logits } = await runOnnx(session, { rows, padId });
			const length = Math.max(...rows.map((row) => row.length));
			assert.deepEqual(logits!.shape, [rows.length, length, config.vocabularySize]);
			for (const [index, row] of rows.entries()) {
				const from = index * length * config.vocabularySize;
				largest = Math.max(largest, gap(logits!.data, await logitsOf(config, weights, row), from));
			}
		}
		context.diagnostic(`largest difference of a logit: ${largest.toExponential(1)}`);
		assert.ok(largest < 1e-4, `the logits differ by ${largest}`);
	});
}

const sections = {
	mean: {},
	"weighted, with repeats that count less": { pooling: "weighted", repeatDamping: 0.7 },
	first: { pooling: "first" },
};

for (const [name, embedding] of Object.entries(sections)) {
	for (const [kind, config] of [
		["ModernBERT", configs["ModernBERT"]!],
		["a bag of tokens", configs["a bag of tokens"]!],
	] as const) {
		test(`${kind}, pooling ${name}: the embedding graph gives the vectors of our search`, async (context) => {
			await compareVectors(context, config, embeddingSectionOf({ embedding }, "here"));
		});
	}
}

async function compareVectors(
	context: TestContext,
	config: EncoderConfig,
	section: ReturnType<typeof embeddingSectionOf>,
): Promise<void> {
	const specs = embeddingSpecs(config, section.pooling);
	const weights = weightsOf(specs);
	const session = await openOnnx(embeddingGraph({ config, weights }, section));
	const { pooling, repeatDamping } = section;
	const vectorizer = createVectorizer({
		config,
		weights,
		pooling,
		repeatDamping,
		executionProvider: "cpu",
		threads: 1,
	});
	let largest = 0;
	for (const rows of batchesOf(config)) {
		const { sentence_embedding: made, last_hidden_state: hidden } = await runOnnx(session, { rows, padId });
		const length = Math.max(...rows.map((row) => row.length));
		assert.deepEqual(made!.shape, [rows.length, config.hiddenSize]);
		assert.deepEqual(hidden!.shape, [rows.length, length, config.hiddenSize]);
		const ours = await vectorizer.vectors(rows.map((row) => Int32Array.from(row)));
		largest = Math.max(largest, gap(made!.data, ours));
	}
	await vectorizer.release();
	context.diagnostic(`largest difference of a unit: ${largest.toExponential(1)}`);
	assert.ok(largest < 1e-4, `the vectors differ by ${largest}`);
}

test("an exported graph uses standard operators alone, and names its axes", () => {
	const config = configs["ModernBERT"]!;
	const { operatorSets, inputs, outputs } = decodeModel(
		fillMaskGraph({ config, weights: weightsOf(parameterSpecs(config)) }),
	);
	assert.deepEqual(operatorSets, { "": 20 });
	assert.deepEqual(
		inputs.map(({ name, dtype, shape }) => [name, dtype, shape]),
		["input_ids", "attention_mask"].map((name) => [name, "int64", ["batch_size", "sequence_length"]]),
	);
	assert.deepEqual(
		outputs.map(({ shape }) => shape),
		[["batch_size", "sequence_length", 211]],
	);
});

test("a constant that depends on the length in another way is refused, not exported wrong", () => {
	const build = ({ rows, length }: { rows: number; length: number }): Uint8Array => {
		const graph = new Graph();
		const x = graph.input("x", [rows, length]);
		const falling = Float32Array.from({ length }, (_, at) => length - at);
		return compile({ y: reshape(graph.apply("Add", [x, graph.constant(falling, [length])], {})[0]!, [rows * length]) })
			.model;
	};
	assert.throws(
		() => anySizeGraph({ build, longest: 16, taken: new Set(), lengthName: "length" }),
		(error) => isError(error, "modelInvalid") && /depends on the length/.test(error.message),
	);
});

test("weights of more than 2 GB are refused with a sentence", () => {
	requireOneFile([{ shape: [500_000_000] }]);
	assert.throws(
		() => requireOneFile([{ shape: [500_000_000] }, { shape: [50_000, 1024] }]),
		(error) => isError(error, "modelInvalid") && /2\.2 GB, and an ONNX file holds 2 GB/.test(error.message),
	);
});
