import assert from "node:assert/strict";
import { test } from "node:test";
import {
	add,
	concat,
	exp,
	gemm,
	greater,
	matMul,
	mul,
	neg,
	reshape,
	split,
	where,
} from "../../../sidecar/autodiff/functions.ts";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import type { OperatorTable } from "../../../sidecar/autodiff/operator.ts";
import { operators } from "../../../sidecar/autodiff/operators.ts";
import { isError } from "../../../sidecar/base/errors.ts";

test("node names carry the path of the scopes they were made in", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const [y, z] = graph.scope("encoder", () => [graph.scope("layer.0", () => neg(x)), exp(x)]);
	assert.match(y!.name, /^encoder\.layer\.0\.Neg_\d+$/);
	assert.match(z!.name, /^encoder\.Exp_\d+$/);
	assert.match(neg(y!).name, /^Neg_\d+$/);
});

test("a scope ends when its body throws", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	assert.throws(() =>
		graph.scope("broken", () => {
			throw new Error();
		}),
	);
	assert.match(neg(x).name, /^Neg_/);
});

test("the same operator on the same values is one node, and another attribute makes another", () => {
	const graph = new Graph();
	const x = graph.input("x", [2, 2]);
	assert.equal(neg(x), neg(x));
	assert.notEqual(gemm(x, x), gemm(x, x, undefined, { transB: true }));
	assert.equal(graph.nodes.length, 3);
});

test("equal constants are stored once, and unlike ones apart", () => {
	const graph = new Graph();
	const table = Float32Array.from({ length: 500 }, (_, index) => index);
	const other = Float32Array.from(table);
	other[499] = 0;
	const constants = [
		graph.constant(table, [500]),
		graph.constant(Float32Array.from(table), [500]),
		graph.constant(table, [5, 100]),
		graph.constant(other, [500]),
		graph.constant([0], []),
		graph.constant([-0], []),
		graph.constant([0], [], "int32"),
	];
	assert.equal(constants[0], constants[1]);
	assert.equal(new Set(constants).size, 6);
});

test("constants whose hashes collide stay apart", () => {
	const start = 0x811c9dc5;
	const mixed = (word: number) => Math.imul(start ^ word, 0x01000193);
	const graph = new Graph();
	const one = graph.constant(Int32Array.of(1, 0), [2]);
	const other = graph.constant(Int32Array.of(2, mixed(1) ^ mixed(2)), [2]);
	assert.notEqual(one, other);
});

test("an operand that is a number takes the dtype of the other", () => {
	const graph = new Graph();
	const x = graph.input("x", [2], "int32");
	assert.equal(add(x, 1).dtype, "int32");
	assert.equal(where(greater(x, 0), 1, 0).dtype, "float32");
});

test("long lists are joined in groups that a WebGPU adapter can bind", () => {
	const graph = new Graph();
	const parts = Array.from({ length: 40 }, (_, index) => graph.input(`part${index}`, [1, 2]));
	assert.deepEqual(concat(parts, 0).shape, [40, 2]);
	assert.ok(graph.nodes.every((node) => node.inputs.length <= 6));
});

const graph = new Graph();
const x = graph.input("x", [2, 3]);
const ids = graph.input("ids", [2, 3], "int32");
const mistakes: Record<string, [() => unknown, RegExp]> = {
	"shapes that do not broadcast": [
		() => add(x, graph.input("y", [2])),
		/Add of float32 \[2, 3\], float32 \[2\]: the shapes do not broadcast/,
	],
	"inner sizes that differ": [
		() => matMul(x, x),
		/MatMul of float32 \[2, 3\], float32 \[2, 3\]: the inner sizes differ/,
	],
	"mixed dtypes": [() => mul(x, ids), /Mul of float32 \[2, 3\], int32 \[2, 3\]/],
	"a reshape that loses elements": [() => reshape(x, [4]), /Reshape of float32 \[2, 3\]: it cannot become \[4\]/],
	"more outputs than WebGPU binds": [
		() => split(graph.input("long", [12]), 12, 0),
		/Split of float32 \[12\]: a WebGPU adapter may bind no more than six outputs/,
	],
	"a second tensor of one name": [() => graph.input("x", [1]), /two tensors of one graph are named x/],
	"an empty axis": [() => graph.input("empty", [0]), /input empty has the shape \[0\]/],
	"a constant of another size": [() => graph.constant([1, 2], [3]), /shape \[3\] has 2 elements/],
	"a value of another graph": [() => add(x, new Graph().input("x", [2, 3])), /Add was given a value of another graph/],
};

for (const [name, [act, sentence]] of Object.entries(mistakes)) {
	test(`${name} cannot enter a graph`, () => {
		assert.throws(act, (error) => isError(error, "internal") && sentence.test(error.message));
	});
}

test("a table that lacks a row, or a gradient for a named input, does not compile", () => {
	const { Add, ...rest } = operators;
	// @ts-expect-error The row of Add is missing.
	const lacksRow: OperatorTable = rest;
	// @ts-expect-error The gradient for b is missing.
	const lacksGradient: OperatorTable = { ...rest, Add: { ...Add, gradients: { a: "zero" } } };
	assert.ok(lacksRow && lacksGradient);
});
