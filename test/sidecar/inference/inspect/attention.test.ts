import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compile } from "../../../../sidecar/autodiff/compile.ts";
import type { Value } from "../../../../sidecar/autodiff/graph.ts";
import { quantized, seeAttention } from "../../../../sidecar/inference/inspect/attention.ts";
import { inspectedRow } from "../../../../sidecar/inference/inspect/textTokens.ts";
import { openSession } from "../../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../../sidecar/session/tensor.ts";
import { closeTo } from "../../../support/closeTo.ts";
import { inspectedConfigs, inspectedModel, inspectedText, referenceRow } from "../../../support/inspectedModel.ts";
import { exampleBatch, exampleParameters, maskedLmFeeds, maskedLmGraph } from "../../../support/maskedLmGraph.ts";
import { referenceAttention } from "../../../support/referenceEncoder.ts";

const cpu = { executionProvider: "cpu", threads: 1 } as const;
const nothing = { matrices: [], rollouts: [], thumbnails: false, pairs: [] } as const;

for (const [name, config] of Object.entries(inspectedConfigs)) {
	describe(name, () => {
		const { model, tokenizer, tensors } = inspectedModel(config);
		const row = inspectedRow(tokenizer, inspectedText, { range: undefined, longest: 128 });
		const n = row.ids.length;
		const reference = referenceAttention(config, tensors, referenceRow(row.ids));
		const matrices = reference.flatMap((heads, layer) => heads.map((_, head) => ({ layer, head })));

		test("attention is that of the float64 reference, and its rows sum to one", async () => {
			const seen = await seeAttention(model, row, { wish: { ...nothing, matrices }, ...cpu });
			seen.matrices.forEach((matrix, at) => {
				const { layer, head } = matrices[at]!;
				closeTo(matrix, reference[layer]![head]!, 1e-5);
				for (let query = 0; query < n; query++) {
					const sum = matrix.subarray(query * n, (query + 1) * n).reduce((total, share) => total + share, 0);
					assert.ok(Math.abs(sum - 1) < 1e-5, `row ${query} of ${layer}.${head} sums to ${sum}`);
				}
			});
		});

		test("rollout multiplies the layers' mean attention, half of it on the token itself", async () => {
			const layers = reference.map((_, layer) => layer);
			const seen = await seeAttention(model, row, { wish: { ...nothing, rollouts: layers }, ...cpu });
			let rolled: Float64Array | undefined;
			for (const [layer, heads] of reference.entries()) {
				const step = new Float64Array(n * n).map((_, at) => {
					const mean = heads.reduce((sum, matrix) => sum + matrix[at]!, 0) / heads.length;
					return 0.5 * mean + (at % (n + 1) === 0 ? 0.5 : 0);
				});
				rolled = rolled === undefined ? step : product(step, rolled, n);
				closeTo(seen.rollouts[layer]!, rolled, 1e-5);
			}
		});

		test("a thumbnail holds the largest probability of each cell, padding left out", async () => {
			const { thumbnails } = await seeAttention(model, row, { wish: { ...nothing, thumbnails: true }, ...cpu });
			const { size, tokensPerCell, data } = thumbnails!;
			assert.equal(size, Math.ceil(n / tokensPerCell));
			for (const [at, { layer, head }] of matrices.entries()) {
				const expected = new Float64Array(size * size);
				reference[layer]![head]!.forEach((share, place) => {
					const [query, key] = [Math.floor(place / n), place % n];
					const cell = Math.floor(query / tokensPerCell) * size + Math.floor(key / tokensPerCell);
					expected[cell] = Math.max(expected[cell]!, share);
				});
				closeTo(data.subarray(at * size * size, (at + 1) * size * size), expected, 1e-5);
			}
		});

		test("the logits with attention for outputs are those without, bit for bit", async () => {
			const observed: Record<string, Value> = {};
			const batch = exampleBatch(config, 1);
			const { logits } = maskedLmGraph(config, { ...batch, masked: batch.labels.length }, (path, value) => {
				observed[path] = value;
			});
			assert.equal(Object.keys(observed).filter((path) => path.endsWith(".probabilities")).length, config.layers);
			const parameters = exampleParameters(config, 2);
			const run = async (outputs: Record<string, Value>): Promise<Float32Array> => {
				const { model: bytes, inputs } = compile(outputs);
				const session = await openSession(bytes, cpu);
				const feeds = maskedLmFeeds(batch, parameters);
				const tensors = Object.entries(inputs).map(([input, { shape, dtype }]) => {
					const data = dtype === "int32" ? Int32Array.from(feeds[input]!) : Float32Array.from(feeds[input]!);
					return [input, tensor(data, shape)];
				});
				const results = await session.run(Object.fromEntries(tensors));
				return floats(results["logits"]!).slice();
			};
			assert.deepEqual(await run({ logits, ...observed }), await run({ logits }));
		});
	});
}

test("a row past 512 tokens is seen head by head, as it would be at once", async () => {
	const long = { ...inspectedConfigs["ModernBERT"]!, maxPositions: 1024 };
	const { model, tokenizer, tensors } = inspectedModel(long, { sequenceLength: 1024 });
	const text = Array.from({ length: 12 }, (_, copy) => inspectedText.replaceAll("area", `area${copy}`)).join("\n");
	const row = inspectedRow(tokenizer, text, { range: undefined, longest: 1024 });
	assert.ok(row.ids.length > 512);
	const wish = { matrices: [{ layer: 1, head: 1 }], rollouts: [0], thumbnails: true, pairs: [] };
	const seen = await seeAttention(model, row, { wish, ...cpu });
	const reference = referenceAttention(long, tensors, referenceRow(row.ids));
	closeTo(seen.matrices[0]!, reference[1]![1]!, 1e-5);
	assert.equal(seen.thumbnails!.size, Math.ceil(row.ids.length / seen.thumbnails!.tokensPerCell));
	await model.release();
});

test("a byte stands for a probability within 1/255 of it, and finely near 0", () => {
	const probabilities = Float32Array.from({ length: 1001 }, (_, at) => at / 1000);
	quantized(probabilities).forEach((byte, at) => {
		const told = (byte / 255) ** 2;
		assert.ok(Math.abs(told - probabilities[at]!) <= Math.sqrt(probabilities[at]!) / 255 + 1 / 510 ** 2 + 1e-7);
	});
});

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
	const c = new Float64Array(n * n);
	for (let i = 0; i < n; i++) {
		for (let k = 0; k < n; k++) {
			for (let j = 0; j < n; j++) c[i * n + j]! += a[i * n + k]! * b[k * n + j]!;
		}
	}
	return c;
}
