import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { createRandom } from "../../../../sidecar/base/random.ts";
import { openEmbedder } from "../../../../sidecar/inference/embedder.ts";
import { openScorer } from "../../../../sidecar/inference/scorer.ts";
import { exportModel } from "../../../../sidecar/interop/export/exportModel.ts";
import { type EncoderConfig, encoderConfigSchema } from "../../../../sidecar/model/config.ts";
import { toHuggingFaceConfig } from "../../../../sidecar/model/huggingFace.ts";
import { initialParameters, parameterSpecs } from "../../../../sidecar/model/parameters.ts";
import { saveModel } from "../../../../sidecar/store/modelFolder.ts";
import type { Tokenizer } from "../../../../sidecar/tokenizer/tokenizer.ts";
import { trainByteLevelBpe } from "../../../../sidecar/tokenizer/trainer.ts";
import { temporaryFolder } from "../../../support/temporaryFolder.ts";
import type { TransformersJsAnswer, TransformersJsRequest } from "../../../support/transformersJsChild.ts";

const texts = [
	"def load_config(path):\n\treturn parse_tree(path)\n",
	"for item in items:\n    total += item.price  # größer als 日本語\n",
	"class Window(Widget):\n    pass\n\n\nif width == height:\n    square = 12345\n",
];
const tokenizer = trainByteLevelBpe([...texts, ...texts], { vocabularySize: 320 });
const filled = [
	["x = <mask>"],
	["for item in <mask>:\n    total += item.price", "<mask> Window(Widget):"],
	["a <mask>", "b", "c"].map((text) => (text.includes("<mask>") ? text : `${text}<mask>`)),
];
const embedded = [[texts[0]!], texts, ["x", texts[2]!]];

async function transformersJs(request: TransformersJsRequest): Promise<TransformersJsAnswer> {
	const child = new URL("../../../support/transformersJsChild.ts", import.meta.url).pathname;
	const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", child, JSON.stringify(request)], {
		maxBuffer: 2 ** 26,
	});
	return JSON.parse(stdout) as TransformersJsAnswer;
}

function configOf(architecture: string): EncoderConfig {
	return encoderConfigSchema.parse({
		architecture,
		layers: 2,
		hiddenSize: 32,
		heads: 2,
		intermediateSize: 48,
		maxPositions: 64,
		vocabularySize: tokenizer.vocabularySize,
		paddingId: tokenizer.special.pad,
		globalAttentionEveryNLayers: architecture === "modernbert" ? 2 : 1,
		localAttention: 8,
	});
}

/** Writes a model of random weights, with biases and norms that are not at their start. */
function writeModel(
	folder: string,
	config: EncoderConfig,
	roles: ("completion" | "search")[],
): Map<string, Float32Array> {
	const specs = parameterSpecs(config);
	const weights = initialParameters(specs, 1);
	const random = createRandom(7);
	for (const data of weights.values()) for (let at = 0; at < data.length; at++) data[at]! += 0.05 * random.normal();
	saveModel(folder, {
		config: toHuggingFaceConfig(config, tokenizer.special),
		tensors: new Map(specs.map(({ name, shape }) => [name, { data: weights.get(name)!, shape }])),
		tokenizer: tokenizer.toJSON(),
		about: { roles, scores: null },
	});
	return weights;
}

/** Our own probabilities at the mask of a text, by id. */
async function probabilitiesOf(config: EncoderConfig, weights: Map<string, Float32Array>, text: string) {
	const ids = withEnds(tokenizer, text);
	const length = ids.length;
	const scorer = await openScorer({
		config,
		weights,
		executionProvider: "cpu",
		threads: 1,
		shape: { rows: 1, sequenceLength: length, maskedRows: 1 },
	});
	const probabilities = await scorer.score({
		inputIds: Int32Array.from(ids),
		segments: new Int32Array(length),
		positions: Int32Array.from(ids, (_, at) => at),
		maskedPositions: Int32Array.of(ids.indexOf(tokenizer.special.mask)),
	});
	await scorer.release();
	return probabilities;
}

function withEnds({ special, encode }: Tokenizer, text: string): number[] {
	return [special.cls, ...encode.call(tokenizer, text, { parseSpecial: true }).ids, special.sep];
}

for (const architecture of ["modernbert", "roberta"]) {
	test(`transformers.js fills masks and makes vectors with an exported ${architecture} as we do`, async (context) => {
		const folder = temporaryFolder(context);
		const config = configOf(architecture);
		const model = join(folder, "model");
		const weights = writeModel(model, config, ["completion", "search"]);
		const out = join(folder, "onnx");
		const report = await exportModel({ path: model, format: "onnx", folder: out });
		assert.deepEqual(
			report.files.map(({ path }) => path),
			[
				"config.json",
				"tokenizer.json",
				"tokenizer_config.json",
				"special_tokens_map.json",
				"README.md",
				"onnx/model.onnx",
				"onnx/embedding.onnx",
			],
		);
		const answer = await transformersJs({ folder: out, fill: filled, extract: embedded, extractFrom: "embedding" });
		let largest = 0;
		for (const [batch, list] of filled.entries()) {
			for (const [index, text] of list.entries()) {
				const ours = await probabilitiesOf(config, weights, text);
				const theirs = answer.fill[batch]![index]!;
				assert.equal(theirs.length, tokenizer.vocabularySize);
				for (const { token, score } of theirs) largest = Math.max(largest, Math.abs(score - ours[token]!));
			}
		}
		context.diagnostic(`largest difference of a probability: ${largest.toExponential(1)}`);
		assert.ok(largest < 1e-5, `the probabilities differ by ${largest}`);
		await compareVectors(model, answer, context.diagnostic.bind(context));
	});
}

test("of a model for search alone transformers.js takes the vectors from the one graph", async (context) => {
	const folder = temporaryFolder(context);
	const model = join(folder, "model");
	writeModel(model, configOf("modernbert"), ["search"]);
	const out = join(folder, "onnx");
	const { files } = await exportModel({ path: model, format: "onnx", folder: out });
	assert.deepEqual(
		files.map(({ path }) => path).filter((path) => path.startsWith("onnx/")),
		["onnx/model.onnx"],
	);
	const answer = await transformersJs({ folder: out, fill: [], extract: embedded });
	await compareVectors(model, answer, context.diagnostic.bind(context));
});

async function compareVectors(
	model: string,
	answer: TransformersJsAnswer,
	tell: (text: string) => void,
): Promise<void> {
	const embedder = await openEmbedder(model, { executionProvider: "cpu", threads: 1 });
	let largest = 0;
	for (const [batch, list] of embedded.entries()) {
		assert.deepEqual(
			answer.ids[batch],
			list.map((text) => withEnds(tokenizer, text)),
		);
		const ours = await embedder.embed("code", list);
		for (const [row, vector] of answer.vectors[batch]!.entries()) {
			for (const [unit, value] of vector.entries()) {
				largest = Math.max(largest, Math.abs(value - ours[row * embedder.dimension + unit]!));
			}
		}
	}
	await embedder.release();
	tell(`largest difference of a unit of a vector: ${largest.toExponential(1)}`);
	assert.ok(largest < 1e-4, `the vectors differ by ${largest}`);
}
