import assert from "node:assert/strict";
import { test } from "node:test";
import { composite } from "../../../sidecar/autodiff/composite.ts";
import {
	add,
	exp,
	gather,
	gelu,
	gemm,
	layerNormalization,
	linear,
	mul,
	reduceSum,
	split,
	square,
} from "../../../sidecar/autodiff/functions.ts";
import { gradients } from "../../../sidecar/autodiff/gradients.ts";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../sidecar/autodiff/value.ts";
import { isError } from "../../../sidecar/base/errors.ts";
import { evaluate } from "../../support/evaluator.ts";

function numbers(graph: Graph, feeds: Record<string, number[]>, outputs: readonly Value[]): number[][] {
	return evaluate(graph, new Map(Object.entries(feeds)), outputs).map((data) => [...data]);
}

test("the gradients of all consumers of a value add up", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const loss = reduceSum(add(add(square(x), mul(x, 5)), mul(x, x)));
	assert.deepEqual(numbers(graph, { x: [1, -2] }, gradients(loss, [x])), [[2 * 2 * 1 + 5, 2 * 2 * -2 + 5]]);
});

test("a value that the loss does not depend on has a gradient of zeros", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const unused = graph.input("unused", [2, 2]);
	const loss = reduceSum(x);
	assert.deepEqual(numbers(graph, { x: [1, 2] }, gradients(loss, [unused, x])), [
		[0, 0, 0, 0],
		[1, 1],
	]);
});

test("the gradient of a value in the middle is that of what comes after it", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const middle = exp(x);
	const loss = reduceSum(square(middle));
	const [slope] = numbers(graph, { x: [0, 1] }, gradients(loss, [middle]));
	assert.deepEqual(slope, [2, 2 * Math.E]);
});

test("the gradient of a gradient is the second derivative", () => {
	const graph = new Graph();
	const x = graph.input("x", [1]);
	const [first] = gradients(reduceSum(mul(square(x), x)), [x]);
	assert.deepEqual(numbers(graph, { x: [3] }, gradients(reduceSum(first!), [x])), [[18]]);
});

test("no gradient is computed for what was not asked for", () => {
	const graph = new Graph();
	const x = graph.input("x", [4, 3]);
	const frozen = graph.input("frozen", [5, 3]);
	const trained = graph.input("trained", [5]);
	const loss = reduceSum(square(linear(x, frozen, trained)));
	const before = graph.nodes.length;
	gradients(loss, [trained]);
	const made = graph.nodes.slice(before).map((node) => node.op);
	assert.ok(!made.includes("Gemm"), made.join(" "));
});

test("an unused part of a split has a gradient of zeros", () => {
	const graph = new Graph();
	const x = graph.input("x", [4]);
	const loss = reduceSum(square(split(x, 2, 0)[1]!));
	assert.deepEqual(numbers(graph, { x: [1, 2, 3, 4] }, gradients(loss, [x])), [[0, 0, 6, 8]]);
});

test("a tied embedding adds its rows onto the gradient of the head, without a tensor of zeros", () => {
	const graph = new Graph();
	const table = graph.input("table", [5, 3]);
	const ids = graph.input("ids", [4], "int32");
	const rows = gather(table, ids);
	const logits = gemm(gelu(rows), table, undefined, { transB: true });
	const loss = reduceSum(square(logits));
	const before = graph.nodes.length;
	gradients(loss, [table]);
	const made = graph.nodes.slice(before);
	const scattered = made.filter((node) => node.op === "ScatterElements" && node.outputs[0]!.shape[0] === 5);
	assert.equal(scattered.length, 1);
	const base = scattered[0]!.inputs[0]!;
	assert.equal(made.find((node) => node.outputs.includes(base))?.op, "Gemm");
});

test("the names of gradient nodes carry the scope of the node they belong to", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const loss = reduceSum(graph.scope("encoder.layer.3", () => exp(x)));
	assert.match(gradients(loss, [x])[0]!.name, /^gradient\.encoder\.layer\.3\.Mul_/);
});

test("a loss of more than one element, and a gradient through a mean kept for the rules, are refused", () => {
	const graph = new Graph();
	const x = graph.input("x", [2, 3]);
	assert.throws(() => gradients(x, [x]), /a loss must be one float32/);
	const scale = graph.input("scale", [3]);
	layerNormalization(x, scale, undefined, 1e-5);
	const mean = graph.nodes[0]!.outputs[1]!;
	assert.throws(() => gradients(reduceSum(mean), [x]), /output 1 of .* has no gradient/);
});

test("a composite's own rule replaces those of its parts", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const y = composite({
		name: "seven",
		inputs: { x },
		forward: (inputs) => ({ output: exp(inputs.x), saved: undefined }),
		gradients: { x: ({ g }) => mul(g, 7) },
	});
	assert.match(y.name, /^seven\.Exp_/);
	assert.deepEqual(numbers(graph, { x: [0, 1] }, gradients(reduceSum(y), [x])), [[7, 7]]);
});

test("what a composite computed inside is computed anew outside of it, where it has a gradient", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	composite({
		name: "inner",
		inputs: { x },
		forward: (inputs) => ({ output: mul(exp(inputs.x), 2), saved: undefined }),
		gradients: { x: "zero" },
	});
	assert.deepEqual(numbers(graph, { x: [0, 1] }, gradients(reduceSum(exp(x)), [x])), [[1, Math.E]]);
});

test("a composite that uses a value it did not declare is refused", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const hidden = graph.input("hidden", [2]);
	const leaky = () =>
		composite({
			name: "leaky",
			inputs: { x },
			forward: (inputs) => ({ output: mul(inputs.x, hidden), saved: undefined }),
			gradients: { x: "zero" },
		});
	assert.throws(leaky, (error) => isError(error, "internal") && /leaky uses hidden/.test(error.message));
});
