import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../../sidecar/autodiff/compile.ts";
import { gather, gelu, layerNormalization, linear, split } from "../../../sidecar/autodiff/functions.ts";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../sidecar/autodiff/value.ts";
import { toInt8Rows } from "../../../sidecar/base/int8Rows.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import { decodeModel } from "../../../sidecar/onnx/decodeModel.ts";
import { withInt8Products } from "../../../sidecar/onnx/int8Products.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../sidecar/session/tensor.ts";

const [rows, width, out] = [5, 64, 96];

function normal(length: number, stream: number): Float32Array {
	const random = createRandom(3, stream);
	return Float32Array.from({ length }, () => random.normal());
}

const weight = normal(out * width, 1);
const bias = normal(out, 2);

/** Rows of which one is a hundred times as large as the others. */
const input = normal(rows * width, 3).map((value, at) => (Math.floor(at / width) === 2 ? 100 * value : value));

/**
 * What ONNX says of DynamicQuantizeLinear and of the products of integers, computed with JavaScript's integers: the range
 * of all elements with 0 in it is cut into 255 steps.
 */
function byHand(x: Float32Array, peaks: readonly number[]): number[] {
	const divided = x.map((value, at) => value / peaks[Math.floor(at / width)]!);
	const least = Math.min(0, ...divided);
	const scale = Math.fround((Math.max(0, ...divided) - least) / 255);
	const even = (value: number): number => {
		const floor = Math.floor(value);
		return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
	};
	const zero = even(-least / scale);
	const eight = Array.from(divided, (value) => Math.min(255, Math.max(0, even(Math.fround(value / scale)) + zero)));
	const { values, scales } = toInt8Rows(weight, out);
	return Array.from({ length: rows * out }, (_, at) => {
		const [row, column] = [Math.floor(at / out), at % out];
		let sum = 0;
		for (let i = 0; i < width; i++) sum += (eight[row * width + i]! - zero) * values[column * width + i]!;
		return sum * scale * scales[column]! * peaks[row]! + bias[column]!;
	});
}

async function run(product: (graph: Graph, x: Value) => Value, x: Float32Array, int8: boolean): Promise<Float32Array> {
	const graph = new Graph();
	const y = product(graph, graph.input("x", [rows, width]));
	const { model } = compile({ y }, int8 ? { rewrite: withInt8Products } : {});
	const session = await openSession(model, { executionProvider: "cpu", threads: 1, int8 });
	try {
		return floats((await session.run({ x: tensor(x, [rows, width]) }))["y"]!);
	} finally {
		await session.release();
	}
}

const dense = (graph: Graph, x: Value): Value =>
	linear(x, graph.constant(weight, [out, width]), graph.constant(bias, [out]));

function near(found: Float32Array, expected: ArrayLike<number>, room: number): void {
	assert.equal(found.length, expected.length);
	for (const [at, value] of found.entries()) {
		assert.ok(Math.abs(value - expected[at]!) <= room * Math.max(1, Math.abs(expected[at]!)), `${at}: ${value}`);
	}
}

test("a product of any rows is that of the integers, each row by its own largest element", async () => {
	const peaks = Array.from({ length: rows }, (_, row) => {
		return Math.max(...input.subarray(row * width, (row + 1) * width).map(Math.abs));
	});
	near(await run(dense, input, true), byHand(input, peaks), 2e-5);
});

test("a product of normalized rows is that of the integers by one range", async () => {
	const scale = new Float32Array(width).fill(1);
	const normalized = (graph: Graph, x: Value): Value =>
		layerNormalization(x, graph.constant(scale, [width]), undefined, 1e-5);
	const x = await run(normalized, input, false);
	const found = await run((graph, value) => dense(graph, normalized(graph, value)), input, true);
	near(found, byHand(x, new Array(rows).fill(1)), 2e-5);
	near(found, await run((graph, value) => dense(graph, normalized(graph, value)), input, false), 0.3);
});

test("matrices that are split by their rows become parts; what is small, fed or transposed stays float32", () => {
	const graph = new Graph();
	const x = graph.input("x", [rows, width]);
	const stacked = graph.constant(normal(3 * out * width, 4), [3 * out, width]);
	const [a, b, c] = split(stacked, 3, 0).map((part) => linear(x, part)) as [Value, Value, Value];
	const small = linear(x, graph.constant(normal(8 * width, 5), [8, width]));
	const fed = linear(x, graph.input("w", [out, width]));
	const { model } = compile({ a, b: gelu(b), c, small, fed }, { rewrite: withInt8Products });
	const { nodes, initializers } = decodeModel(model);
	const count = (op: string): number => nodes.filter((node) => node.op === op).length;
	assert.deepEqual(
		["MatMulInteger", "DynamicQuantizeLinear", "Gemm", "Split"].map(count),
		[3, 1, 2, 0],
		"three products share what was made of x",
	);
	assert.deepEqual(
		initializers.filter(({ dtype }) => dtype === "int8").map(({ shape }) => shape),
		[
			[width, out],
			[width, out],
			[width, out],
		],
	);
	assert.ok(!initializers.some(({ shape }) => shape[0] === 3 * out), "the float32 matrix is gone");
});

test("an embedding that is also the decoder stays float32 where rows are read from it", () => {
	const graph = new Graph();
	const table = graph.constant(normal(out * width, 6), [out, width]);
	const found = gather(table, graph.input("ids", [rows], "int32"));
	const { model } = compile({ y: linear(found, table) }, { rewrite: withInt8Products });
	const { initializers, nodes } = decodeModel(model);
	assert.equal(
		nodes.find(({ op }) => op === "Gather")?.inputs[0],
		initializers.find(({ shape, dtype }) => dtype === "float32" && shape[0] === out && shape.length === 2)?.name,
	);
});

test("rows of zeros stay zeros", async () => {
	near(
		await run(dense, new Float32Array(rows * width), true),
		Array.from({ length: rows * out }, (_, at) => bias[at % out]!),
		0,
	);
});
