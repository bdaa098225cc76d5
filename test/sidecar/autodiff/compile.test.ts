import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, firstBadOutputs } from "../../../sidecar/autodiff/compile.ts";
import { add, div, exp, log, mul, neg, reduceSum } from "../../../sidecar/autodiff/functions.ts";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import { decodeModel } from "../../../sidecar/onnx/decodeModel.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { tensor } from "../../../sidecar/session/tensor.ts";

async function run(model: Uint8Array, feeds: Record<string, Float32Array>): Promise<Record<string, number[]>> {
	const session = await openSession(model, { executionProvider: "cpu", threads: 1 });
	const tensors = Object.entries(feeds).map(([name, data]) => [name, tensor(data, [data.length])]);
	const results = await session.run(Object.fromEntries(tensors));
	await session.release();
	return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]));
}

test("a compiled graph holds what its outputs need and nothing else", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const idle = graph.input("idle", [3]);
	const y = add(x, 1);
	exp(mul(idle, graph.constant([1, 2, 3], [3])));
	const { model, inputs, outputs } = compile({ y });
	assert.deepEqual(
		[inputs, outputs],
		[{ x: { shape: [2], dtype: "float32" } }, { y: { shape: [2], dtype: "float32" } }],
	);
	const decoded = decodeModel(model);
	assert.deepEqual(
		[decoded.nodes.map((node) => node.op), decoded.initializers.length, decoded.operatorSets],
		[["Add"], 1, { "": 20 }],
	);
});

test("an output has the name of its key, also when it is an input, a constant or given twice", async () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const y = neg(x);
	const { model, outputs } = compile({ y, again: y, same: x, constant: graph.constant([4], []), next: exp(y) });
	assert.deepEqual(Object.keys(outputs), ["y", "again", "same", "constant", "next"]);
	assert.deepEqual(await run(model, { x: Float32Array.of(0, -0) }), {
		y: [-0, 0],
		again: [-0, 0],
		same: [0, -0],
		constant: [4],
		next: [1, 1],
	});
});

test("a graph is compiled twice to the same bytes, and grown in between", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	const y = exp(x);
	const first = compile({ y });
	compile({ y, z: reduceSum(y), same: x });
	assert.deepEqual(compile({ y }).model, first.model);
});

test("an output may not have the name of an input", () => {
	const graph = new Graph();
	const x = graph.input("x", [2]);
	assert.throws(() => compile({ x: neg(x) }), /x would be both an input and an output/);
});

test("the diagnosis names the first tensor that is not finite, by its module", async () => {
	const graph = new Graph();
	const x = graph.input("x", [3]);
	const fine = graph.scope("encoder.layer.0", () => mul(x, 1e30));
	const bad = graph.scope("encoder.layer.1", () => log(fine));
	const after = graph.scope("encoder.layer.2", () => div(bad, 3));
	const { model, order } = firstBadOutputs([reduceSum(after)]);
	assert.equal(order.length, 4);
	const flags = await run(model, { x: Float32Array.of(1, -1e8, 3) });
	assert.match(order.find((name) => !Number.isFinite(flags[name]![0]!))!, /^finite:encoder\.layer\.1\.Log_/);
	const healthy = await run(model, { x: Float32Array.of(1, 3e8, 3) });
	assert.deepEqual(
		order.filter((name) => !Number.isFinite(healthy[name]![0]!)),
		[],
	);
	const infinite = await run(model, { x: Float32Array.of(1, 0, 3) });
	assert.match(order.find((name) => !Number.isFinite(infinite[name]![0]!))!, /layer\.1\.Log_/);
});
