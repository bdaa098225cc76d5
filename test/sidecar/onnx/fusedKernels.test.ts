import assert from "node:assert/strict";
import { test } from "node:test";
import { type CompileOptions, compile } from "../../../sidecar/autodiff/compile.ts";
import { add, concat, mul, reduceSum, split, sub, transpose } from "../../../sidecar/autodiff/functions.ts";
import { gradients } from "../../../sidecar/autodiff/gradients.ts";
import { Graph } from "../../../sidecar/autodiff/graph.ts";
import type { Value } from "../../../sidecar/autodiff/value.ts";
import { createRandom } from "../../../sidecar/base/random.ts";
import { rotate } from "../../../sidecar/model/rope.ts";
import { decodeModel } from "../../../sidecar/onnx/decodeModel.ts";
import { withFusedKernels } from "../../../sidecar/onnx/fusedKernels.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../sidecar/session/tensor.ts";

const shape = [2, 3, 5, 8]; // batch, heads, length, width
const size = shape.reduce((product, length) => product * length, 1);

function normal(length: number, stream: number): Float32Array {
	const random = createRandom(5, stream);
	return Float32Array.from({ length }, () => random.normal());
}

const feeds = { x: tensor(normal(size, 1), shape), weights: tensor(normal(size, 2), shape) };

/** What `turn` makes of x, and the gradient of a weighted sum of it. */
function outputsOf(turn: (x: Value) => Value): Record<string, Value> {
	const graph = new Graph();
	const x = graph.input("x", shape);
	const y = turn(x);
	const [gradient] = gradients(reduceSum(mul(y, graph.input("weights", shape))), [x]);
	return { y, gradient: gradient! };
}

async function run(turn: (x: Value) => Value, options: CompileOptions) {
	const { model } = compile(outputsOf(turn), options);
	const operators = decodeModel(model).nodes.map(({ op }) => op);
	const session = await openSession(model, { executionProvider: "cpu", threads: 1 });
	try {
		const { y, gradient } = await session.run(feeds);
		return { operators, y: floats(y!), gradient: floats(gradient!) };
	} finally {
		await session.release();
	}
}

test("a rotation and its gradient become one kernel each, and stay the same numbers", async () => {
	const turn = (x: Value): Value => rotate(x, 100, { scale: 0.7 });
	const plain = await run(turn, {});
	const fused = await run(turn, { rewrite: withFusedKernels });
	assert.deepEqual(plain.operators.filter((op) => op === "Concat").length, 2);
	assert.equal(fused.operators.filter((op) => op === "RotaryEmbedding").length, 2);
	assert.deepEqual(
		fused.operators.filter((op) => ["Concat", "Split", "Sub", "Neg"].includes(op)),
		[],
	);
	for (const output of ["y", "gradient"] as const) {
		const worst = Math.max(...plain[output].map((value, at) => Math.abs(value - fused[output][at]!)));
		assert(worst < 1e-6, `${output} differs by ${worst}`);
		assert(Math.max(...plain[output].map(Math.abs)) > 0.5);
	}
});

test("what is not a rotation is left as it is", async () => {
	const table = (graph: Value["graph"], value: number): Value =>
		graph.constant(new Float32Array(20).fill(value), [1, 1, 5, 4]);
	const notTurned: Record<string, (x: Value) => Value> = {
		"the signs of a reflection": (x) => {
			const [u, v] = split(x, 2, -1) as [Value, Value];
			const [cos, sin] = [table(x.graph, 0.6), table(x.graph, 0.8)];
			return concat([add(mul(u, cos), mul(v, sin)), sub(mul(v, cos), mul(u, sin))], -1);
		},
		"another table for the second half": (x) => {
			const [u, v] = split(x, 2, -1) as [Value, Value];
			const [cos, sin, other] = [table(x.graph, 0.6), table(x.graph, 0.8), table(x.graph, 0.5)];
			return concat([sub(mul(u, cos), mul(v, sin)), add(mul(v, other), mul(u, sin))], -1);
		},
		"halves that changed places": (x) => {
			const [u, v] = split(x, 2, -1) as [Value, Value];
			const [cos, sin] = [table(x.graph, 0.6), table(x.graph, 0.8)];
			return concat([sub(mul(v, cos), mul(u, sin)), add(mul(u, cos), mul(v, sin))], -1);
		},
		"halves of another axis": (x) => {
			const pair = transpose(x, [0, 1, 3, 2]); // [batch, heads, 8, 5], cut into two of [batch, heads, 4, 5]
			const [u, v] = split(pair, 2, 2) as [Value, Value];
			const [cos, sin] = [0.6, 0.8].map((value) => x.graph.constant(new Float32Array(20).fill(value), [1, 1, 4, 5]));
			const turned = concat([sub(mul(u, cos!), mul(v, sin!)), add(mul(v, cos!), mul(u, sin!))], 2);
			return transpose(turned, [0, 1, 3, 2]);
		},
		"angles that are not the same in all rows": (x) => {
			const places = x.graph.constant(Int32Array.of(0, 1, 2, 3, 4, 4, 3, 2, 1, 0), [2, 5]);
			return rotate(x, 100, { scale: 1, places });
		},
	};
	for (const [name, turn] of Object.entries(notTurned)) {
		const { operators, y } = await run(turn, { rewrite: withFusedKernels });
		assert(!operators.includes("RotaryEmbedding"), name);
		assert.deepEqual(y, (await run(turn, {})).y, name);
	}
});
