import assert from "node:assert/strict";
import { test } from "node:test";
import { gradients } from "../../../sidecar/autodiff/gradients.ts";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import { crossEntropy, labelRanks } from "../../../sidecar/objectives/crossEntropy.ts";
import { type Objective, objectives } from "../../../sidecar/objectives/objectives.ts";
import { closeTo } from "../../support/closeTo.ts";
import { evaluate } from "../../support/maskedLmGraph.ts";
import { logSumExp } from "../../support/referenceMath.ts";

const random = createRandom(11);
const normals = (length: number) => Float64Array.from({ length }, () => Math.fround(2 * random.normal()));

test("Masked LM is the weighted cross-entropy, and rows of weight 0 have no part in it", async () => {
	await check(objectives.maskedLm, {
		prediction: { shape: [3, 5], data: normals(15) },
		target: { shape: [3], data: Int32Array.of(4, 0, 2) },
		weight: Float32Array.of(0.5, 0.25, 0),
		reference: (logits, labels, weights) =>
			weights.reduce((sum, weight, row) => {
				const scores = logits.subarray(5 * row, 5 * row + 5);
				return sum + weight * (logSumExp(scores) - scores[labels[row]!]!);
			}, 0),
	});
});

test("Binary is the weighted cross-entropy of a logistic unit", async () => {
	await check(objectives.binary, {
		prediction: { shape: [4], data: Float64Array.of(-3, 0, 0.5, 8) },
		target: { shape: [4], data: Float32Array.of(0, 1, 0, 1) },
		weight: Float32Array.of(0.25, 0.25, 0.5, 0.1),
		reference: (logits, targets, weights) =>
			weights.reduce((sum, weight, row) => {
				const p = 1 / (1 + Math.exp(-logits[row]!));
				return sum - weight * Math.log(targets[row] === 1 ? p : 1 - p);
			}, 0),
	});
});

test("Contrastive is symmetric InfoNCE over cosines at temperature 0.05", async () => {
	const [rows, width] = [4, 3];
	await check(objectives.contrastive, {
		prediction: { shape: [rows, width], data: normals(rows * width) },
		target: { shape: [rows, width], data: Float32Array.from(normals(rows * width)) },
		weight: Float32Array.of(0.25, 0.25, 0.25, 0.25),
		tolerance: 1e-5, // similarities are divided by a small temperature
		reference: (left, right, weights) => {
			const cosine = (i: number, j: number): number => {
				const a = left.subarray(i * width, i * width + width);
				const b = Float64Array.from(right.subarray(j * width, j * width + width));
				const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, k) => sum + value * y[k]!, 0);
				return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)) / 0.05;
			};
			const all = [...weights.keys()];
			return weights.reduce((sum, weight, i) => {
				const forth = logSumExp(Float64Array.from(all, (j) => cosine(i, j))) - cosine(i, i);
				const back = logSumExp(Float64Array.from(all, (j) => cosine(j, i))) - cosine(i, i);
				return sum + (weight * (forth + back)) / 2;
			}, 0);
		},
	});
});

test("Cross-entropy stays exact where the label's probability underflows", async () => {
	const graph = new Graph();
	const losses = crossEntropy(graph.input("logits", [2, 3]), graph.input("labels", [2], "int32"));
	const feeds = { logits: Float32Array.of(500, 0, -500, 1000, 1000, 0), labels: Int32Array.of(2, 0) };
	closeTo((await evaluate({ losses }, feeds))["losses"]!, [1000, Math.log(2)], 1e-7);
});

test("A label's rank is the number of classes above it", async () => {
	const graph = new Graph();
	const ranks = labelRanks(graph.input("logits", [3, 4]), graph.input("labels", [3], "int32"));
	const feeds = { logits: Float32Array.of(1, 4, 2, 3, 1, 4, 2, 3, 5, 5, 5, 5), labels: Int32Array.of(1, 0, 2) };
	assert.deepEqual([...(await evaluate({ ranks }, feeds))["ranks"]!], [0, 3, 0]);
});

interface Example<Target extends Int32Array | Float32Array> {
	readonly prediction: { readonly shape: readonly number[]; readonly data: Float64Array };
	readonly target: { readonly shape: readonly number[]; readonly data: Target };
	readonly weight: Float32Array;
	readonly tolerance?: number;
	readonly reference: (prediction: Float64Array, target: Target, weight: Float32Array) => number;
}

/** Holds the loss, and the whole gradient by the prediction, against the float64 reference. */
async function check<Target extends Int32Array | Float32Array>(objective: Objective, example: Example<Target>) {
	const { prediction, target, weight, reference, tolerance = 1e-6 } = example;
	const graph = new Graph();
	const input = graph.input("prediction", prediction.shape);
	const dtype = target.data instanceof Int32Array ? "int32" : "float32";
	const loss = objective(input, graph.input("target", target.shape, dtype), graph.input("weight", [weight.length]));
	const [gradient] = gradients(loss, [input]);
	const feeds = { prediction: prediction.data, target: target.data, weight };
	const computed = await evaluate({ loss, gradient: gradient! }, feeds);
	closeTo(computed["loss"]!, [reference(prediction.data, target.data, weight)], tolerance);
	const expected = prediction.data.map((_, at) => {
		const shifted = (distance: number) => {
			const data = prediction.data.slice();
			data[at]! += distance;
			return reference(data, target.data, weight);
		};
		return (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
	});
	closeTo(computed["gradient"]!, expected, tolerance);
}
