import assert from "node:assert/strict";
import { test } from "node:test";
import {
	add,
	gather,
	gelu,
	gemm,
	layerNormalization,
	linear,
	matMul,
	mul,
	reshape,
	softmax,
	split,
	transpose,
} from "../../../sidecar/autodiff/functions.ts";
import { type CaseInput, ids, positive, real } from "../../../sidecar/autodiff/operator.ts";
import type { Value } from "../../../sidecar/autodiff/value.ts";
import { rotate } from "../../../sidecar/model/rope.ts";
import { maskedLm } from "../../../sidecar/objectives/objectives.ts";
import { measure } from "../../support/gradientCheck.ts";

const [batch, length, heads, size, hidden, wide, vocabulary, masked] = [2, 3, 2, 2, 4, 3, 5, 3];
const layerInputs = [
	real(hidden),
	real(3 * hidden, hidden),
	real(hidden, hidden),
	real(hidden),
	real(2 * wide, hidden),
	real(hidden, wide),
];

test("the gradients of a two-layer transformer with a tied head equal finite differences", async () => {
	const inputs: CaseInput[] = [
		ids(vocabulary, batch, length),
		ids(batch * length, masked),
		ids(vocabulary, masked),
		positive(masked),
		real(batch, 1, length, length),
		real(vocabulary, hidden),
		real(vocabulary),
		...layerInputs,
		...layerInputs,
	];
	const errors = await measure({ name: "transformer", inputs, outputs: (values) => [transformer(values)] });
	assert.ok(errors.forward <= 1e-5 && errors.gradient <= 1e-4, JSON.stringify(errors));
});

/** Pre-norm layers with rotary attention under a bias and a gated feed-forward, as in ModernBERT. */
function transformer(inputs: readonly Value[]): Value {
	const [tokens, positions, labels, weights, ...unscaled] = inputs;
	const [bias, table, headBias, ...parameters] = unscaled.map((input) => mul(input, 0.5)); // so that no softmax saturates
	let x = reshape(gather(table!, tokens!), [batch * length, hidden]);
	for (const layer of [parameters.slice(0, 6), parameters.slice(6)]) x = transformerLayer(x, bias!, layer);
	const rows = gather(x, positions!); // [masked, hidden]
	return maskedLm(gemm(rows, table!, headBias, { transB: true }), labels!, weights!);
}

function transformerLayer(x: Value, bias: Value, parameters: readonly Value[]): Value {
	const [norm, qkv, out, secondNorm, gateAndUp, down] = parameters;
	const joined = reshape(linear(layerNormalization(x, norm!, undefined, 1e-5), qkv!), [batch, length, 3, heads, size]);
	const parts = split(transpose(joined, [2, 0, 3, 1, 4]), 3, 0); // 3 of [1, batch, heads, length, size]
	const [q, k, v] = parts.map((part) => reshape(part, [batch, heads, length, size]));
	const [rotatedQ, rotatedK] = [q!, k!].map((part) => rotate(part, 100, { scale: 1 }));
	const scores = add(mul(matMul(rotatedQ!, transpose(rotatedK!)), 1 / Math.sqrt(size)), bias);
	const attended = transpose(matMul(softmax(scores), v!), [0, 2, 1, 3]); // [batch, length, heads, size]
	const middle = add(x, linear(reshape(attended, [batch * length, hidden]), out!));
	const [gate, up] = split(linear(layerNormalization(middle, secondNorm!, undefined, 1e-5), gateAndUp!), 2, 1);
	return add(middle, linear(mul(gelu(gate!, "tanh"), up!), down!));
}
