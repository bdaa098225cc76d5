import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../../../../sidecar/autodiff/compile.ts";
import { gradients } from "../../../../../sidecar/autodiff/gradients.ts";
import { Graph } from "../../../../../sidecar/autodiff/graph.ts";
import { createRandom } from "../../../../../sidecar/base/random.ts";
import type { Batch } from "../../../../../sidecar/data/collate.ts";
import { type EncoderConfig, encoderConfigSchema } from "../../../../../sidecar/model/config.ts";
import { headNames, tokenEmbeddingName } from "../../../../../sidecar/model/names.ts";
import { parameterSpecs } from "../../../../../sidecar/model/parameters.ts";
import { type SubModel, subModelsOf } from "../../../../../sidecar/model/subModels.ts";
import { openSession } from "../../../../../sidecar/session/session.ts";
import { floats, type Tensor, tensor } from "../../../../../sidecar/session/tensor.ts";
import { decoderSpecs } from "../../../../../sidecar/train/tasks/starbucks/decoder.ts";
import {
	type AutoencodingShape,
	autoencodingFeeds,
	autoencodingLoss,
} from "../../../../../sidecar/train/tasks/starbucks/loss.ts";
import { closeTo } from "../../../../support/closeTo.ts";
import { referenceHead, referenceHidden, referenceMaskedLmLoss } from "../../../../support/referenceEncoder.ts";
import { affine, geluExact, normalize } from "../../../../support/referenceMath.ts";

const [rows, length] = [2, 6];
const shared = {
	rows,
	sequenceLength: length,
	segments: Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1),
	positions: Int32Array.of(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 0, 0),
	tokenCount: 10,
};
/** One masked token of the encoder's copy in each row, two of the decoder's in the first; then padding. */
const batch: { encoder: Batch; decoder: Batch } = {
	encoder: {
		...shared,
		inputIds: Int32Array.of(2, 4, 9, 7, 8, 3, 2, 4, 11, 3, 1, 1),
		maskedPositions: Int32Array.of(1, 7),
		labels: Int32Array.of(12, 6),
		weights: Float32Array.of(0.5, 0.5),
		maskedCount: 2,
	},
	decoder: {
		...shared,
		inputIds: Int32Array.of(2, 4, 4, 7, 8, 3, 2, 4, 11, 3, 1, 1),
		maskedPositions: Int32Array.of(1, 2, 7, 0),
		labels: Int32Array.of(12, 9, 6, 0),
		weights: Float32Array.of(1 / 3, 1 / 3, 1 / 3, 0),
		maskedCount: 3,
	},
};

function configOf(architecture: "modernbert" | "bert"): EncoderConfig {
	const sizes = { layers: 2, hiddenSize: 8, heads: 2, intermediateSize: 12, maxPositions: 8 };
	return encoderConfigSchema.parse({ architecture, ...sizes, vocabularySize: 20, paddingId: 1 });
}

function shapeOf(config: EncoderConfig, sizes: readonly SubModel[], share = 0.5): AutoencodingShape {
	return { config, sizes, rows, sequenceLength: length, maskedRows: 2, decoderMaskedRows: 4, share };
}

type Parameters = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float64Array }>;

function drawn(config: EncoderConfig): Parameters {
	const specs = [...parameterSpecs(config), ...decoderSpecs(config)];
	return new Map(
		specs.map(({ name, shape, init }, stream) => {
			const random = createRandom(8, stream);
			const size = shape.reduce((product, side) => product * side, 1);
			const center = init.kind === "ones" ? 1 : 0;
			return [
				name,
				{ shape, data: Float64Array.from({ length: size }, () => Math.fround(center + 0.4 * random.normal())) },
			];
		}),
	);
}

interface ReferenceOptions {
	readonly config: EncoderConfig;
	readonly parameters: Parameters;
	readonly sizes: readonly SubModel[];
	readonly share?: number;
	/** What a broken variant makes of the vectors of the texts. */
	readonly vector?: (row: Float64Array) => Float64Array;
}

/**
 * In float64: for each sub-model an encoder of so many layers by itself, its units behind the first `units` set to 0,
 * through the full head; and a one-layer encoder whose layer is the decoder's, its [CLS] replaced by the transform.
 */
function referenceLoss({ config, parameters, sizes, share = 0.5, vector = (row) => row }: ReferenceOptions): number {
	const tensors = new Map([...parameters].map(([name, { data }]) => [name, data]));
	const layer = config.architecture === "modernbert" ? "model.layers.0" : "bert.encoder.layer.0";
	const ofDecoder = new Map(
		[...tensors].map(([name, data]) => [name, tensors.get(name.replace(layer, "autoencoder.layer")) ?? data]),
	);
	const names = headNames[config.architecture];
	const wide = config.hiddenSize;
	const rowsOf = ({ inputIds, positions, segments }: Batch) => ({ batch: rows, length, inputIds, positions, segments });
	const lossOf = ({ maskedPositions, labels, weights }: Batch, hidden: Float64Array, all: typeof tensors) =>
		referenceMaskedLmLoss(referenceHead(config, all, hidden), { maskedPositions, labels, weights, vocabularySize: 20 });
	const losses = sizes.map(({ layers, units }) => {
		const cut = { ...config, layers } as EncoderConfig;
		const hidden = referenceHidden(cut, tensors, rowsOf(batch.encoder)).map((x, at) => (at % wide < units ? x : 0));
		const mlm = lossOf(batch.encoder, hidden, tensors);
		const dense = { weight: tensors.get(`${names.dense}.weight`)!, bias: tensors.get(`${names.dense}.bias`) };
		const norm = { scale: tensors.get(`${names.norm}.weight`)!, bias: tensors.get(`${names.norm}.bias`) };
		const first = new Map(
			Array.from({ length: rows }, (_, row) => {
				const cls = hidden.subarray(row * length * wide, (row * length + 1) * wide);
				const active = affine(cls, { ...dense, inner: wide }).map(geluExact);
				return [row * length, vector(normalize(active, { ...norm, epsilon: config.layerNormEps }))];
			}),
		);
		const one = { ...config, layers: 1 } as EncoderConfig;
		const restored = referenceHidden(one, ofDecoder, { ...rowsOf(batch.decoder), embedded: first });
		return (1 - share) * mlm + share * lossOf(batch.decoder, restored, tensors);
	});
	return losses.reduce((sum, loss) => sum + loss, 0) / sizes.length;
}

async function computed(shape: AutoencodingShape, parameters: Parameters, wrt: readonly string[] = []) {
	const graph = new Graph();
	const inputs = new Map([...parameters].map(([name, { shape: sides }]) => [name, graph.input(name, sides)]));
	const loss = autoencodingLoss(graph, inputs, shape);
	const slopes = gradients(
		loss,
		wrt.map((name) => inputs.get(name)!),
	);
	const compiled = compile({ loss, ...Object.fromEntries(wrt.map((name, at) => [`slope ${name}`, slopes[at]!])) });
	const session = await openSession(compiled.model, { executionProvider: "cpu", threads: 1 });
	const state = [...parameters].map(([name, { data, shape: sides }]): [string, Tensor] => [
		name,
		tensor(Float32Array.from(data), sides),
	]);
	const feeds = { ...Object.fromEntries(state), ...autoencodingFeeds(batch, shape) };
	const needed = Object.fromEntries(Object.entries(feeds).filter(([name]) => name in compiled.inputs));
	const outputs = await session.run(needed);
	await session.release();
	return {
		loss: floats(outputs["loss"]!)[0]!,
		slopes: wrt.map((name) => floats(outputs[`slope ${name}`]!).slice()),
		inputs: Object.keys(compiled.inputs),
	};
}

const smaller = [
	[1, 4],
	[0, 2],
] as const;

for (const architecture of ["modernbert", "bert"] as const) {
	test(`${architecture}: the loss is the mean over sub-models of half masked LM and half autoencoding`, async () => {
		const config = configOf(architecture);
		const parameters = drawn(config);
		const sizes = subModelsOf(config, smaller);
		assert.deepEqual(sizes[0], { layers: 2, units: 8 });
		const { loss } = await computed(shapeOf(config, sizes), parameters);
		const given = { config, parameters, sizes };
		closeTo([loss], [referenceLoss(given)], 1e-5);
		const broken = [
			referenceLoss({ ...given, share: 0.4 }),
			referenceLoss({ ...given, sizes: sizes.slice(0, 2) }),
			referenceLoss({ ...given, sizes: sizes.map(({ units }) => ({ layers: 2, units })) }),
			referenceLoss({ ...given, sizes: sizes.map(({ layers }) => ({ layers, units: 8 })) }),
			referenceLoss({ ...given, vector: (row) => row.map(() => 0) }),
		];
		for (const other of broken) assert.ok(Math.abs(loss - other) > 1e-4, `${other} is as good as ${loss}`);
	});
}

test("with a share of 0 it is masked language modelling of all sub-models, and there is no decoder in the graph", async () => {
	const config = configOf("modernbert");
	const parameters = drawn(config);
	const sizes = subModelsOf(config, smaller);
	const { loss, inputs } = await computed(shapeOf(config, sizes, 0), parameters);
	closeTo([loss], [referenceLoss({ config, parameters, sizes, share: 0 })], 1e-5);
	assert.ok(inputs.every((name) => !name.startsWith("autoencoder.")));
});

test("the decoder has one layer of its own and shares embeddings and head with the encoder", async () => {
	const config = configOf("modernbert");
	const parameters = drawn(config);
	const own = decoderSpecs(config).map(({ name }) => name);
	assert.ok(own.length > 0 && own.every((name) => name.startsWith("autoencoder.layer.")));
	const encoderLayer = parameterSpecs(config).filter(({ name }) => name.startsWith("model.layers.0."));
	assert.equal(own.length, encoderLayer.length);
	const table = tokenEmbeddingName(config);
	const shape = shapeOf(config, subModelsOf(config, smaller));
	const { slopes } = await computed(shape, parameters, [table, own[0]!]);
	// One table: its slope is that of all places where it stands, the decoder's among them.
	const [name, place] = [table, 9 * 8 + 3]; // token 9 is a label of the decoder's alone
	const lossAt = (value: number): number => {
		const data = parameters.get(name)!.data.slice();
		data[place] = value;
		const changed = new Map([...parameters, [name, { ...parameters.get(name)!, data }]]);
		return referenceLoss({ config, parameters: changed, sizes: shape.sizes });
	};
	const at = parameters.get(name)!.data[place]!;
	closeTo([slopes[0]![place]!], [(lossAt(at + 1e-4) - lossAt(at - 1e-4)) / 2e-4], 1e-4);
	assert.ok(slopes[1]!.some((slope) => Math.abs(slope) > 1e-6));
});
