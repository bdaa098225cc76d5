import assert from "node:assert/strict";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { decodeModel } from "../../../sidecar/onnx/decodeModel.ts";
import { encodeModel } from "../../../sidecar/onnx/encodeModel.ts";
import type { ModelDescription } from "../../../sidecar/onnx/model.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { tensor } from "../../../sidecar/session/tensor.ts";
import { bytesField, message, textField, varintField } from "../../support/protobufBytes.ts";

const described: ModelDescription = {
	name: "small",
	nodes: [
		{
			name: "a",
			op: "Gemm",
			domain: "",
			inputs: ["x", "weight"],
			outputs: ["y"],
			attributes: { transB: { int: 1 }, alpha: { float: 0.5 } },
		},
		{
			name: "b",
			op: "QuickGelu",
			domain: "com.microsoft",
			inputs: ["y"],
			outputs: ["z"],
			attributes: { alpha: { float: 1.5 } },
		},
		{
			name: "c",
			op: "Constant",
			domain: "",
			inputs: [],
			outputs: ["axes"],
			attributes: { value: { tensor: { name: "t", dtype: "int64", shape: [1], data: BigInt64Array.of(-1n) } } },
		},
		{ name: "d", op: "ReduceSum", domain: "", inputs: ["z", "axes"], outputs: ["sum"], attributes: {} },
		{
			name: "e",
			op: "Transpose",
			domain: "",
			inputs: ["sum"],
			outputs: ["out"],
			attributes: { perm: { ints: [1, 0] } },
		},
		{
			name: "f",
			op: "Gelu",
			domain: "",
			inputs: ["out"],
			outputs: ["gelu"],
			attributes: { approximate: { string: "tanh" } },
		},
	],
	initializers: [
		{ name: "weight", dtype: "float32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
		{ name: "flags", dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) },
		{ name: "small", dtype: "int8", shape: [2], data: Int8Array.of(-3, 4) },
		{ name: "ids", dtype: "int32", shape: [], data: Int32Array.of(-7) },
		{ name: "wide", dtype: "float64", shape: [1], data: Float64Array.of(0.1) },
	],
	inputs: [{ name: "x", dtype: "float32", shape: ["rows", 3] }],
	outputs: [{ name: "gelu", dtype: "float32", shape: [1, "rows"] }],
	metadata: { "maskwright.version": "1" },
};

test("a model reads back as it was written, with the versions of the file", () => {
	assert.deepEqual(decodeModel(encodeModel(described)), {
		...described,
		irVersion: 9,
		operatorSets: { "": 20, "com.microsoft": 1 },
	});
});

test("the com.microsoft domain is imported only when a node uses it", () => {
	const standard = described.nodes.filter(({ domain }) => domain === "");
	const { operatorSets } = decodeModel(encodeModel({ ...described, nodes: standard }));
	assert.deepEqual(operatorSets, { "": 20 });
});

test("onnxruntime loads what is written, and its attributes and data mean what they say", async () => {
	const model = encodeModel({
		...described,
		nodes: described.nodes.slice(0, 1),
		outputs: [{ name: "y", dtype: "float32", shape: ["rows", 2] }],
	});
	const session = await openSession(model, { executionProvider: "cpu" });
	const { y } = await session.run({ x: tensor(Float32Array.of(1, 0, 0, 0, 1, 1), [2, 3]) });
	assert.deepEqual(
		[y!.shape, [...y!.data]],
		[
			[2, 2],
			[0.5, 2, 2.5, 5.5],
		],
	);
	await session.release();
});

test("a tensor whose elements stand in a field of their own type is read", () => {
	const floats = message(varintField(1, 2), varintField(2, 1), textField(8, "f"), bytesField(4, floatBytes(1.5, -2)));
	const ints = message(varintField(1, 2), varintField(2, 7), textField(8, "i"), varintField(7, 3), varintField(7, 5));
	const graph = message(bytesField(5, floats), bytesField(5, ints));
	const { initializers } = decodeModel(message(varintField(1, 8), bytesField(7, graph)));
	assert.deepEqual(initializers, [
		{ name: "f", dtype: "float32", shape: [2], data: Float32Array.of(1.5, -2) },
		{ name: "i", dtype: "int64", shape: [2], data: BigInt64Array.of(3n, 5n) },
	]);
});

test("a tensor with too few bytes for its shape is refused", () => {
	const short = message(varintField(1, 3), varintField(2, 1), textField(8, "short"), bytesField(9, floatBytes(1, 2)));
	const model = message(varintField(1, 8), bytesField(7, message(bytesField(5, short))));
	assert.throws(
		() => decodeModel(model),
		(error) => isError(error, "modelInvalid") && /shape \[3\]/.test(error.message),
	);
});

function floatBytes(...values: number[]): Uint8Array {
	return new Uint8Array(Float32Array.from(values).buffer);
}
