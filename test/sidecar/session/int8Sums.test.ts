import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeModel } from "../../../sidecar/onnx/encodeModel.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { tensor } from "../../../sidecar/session/tensor.ts";

test("the largest sums of 8-bit products are exact on this processor, whatever it is", async () => {
	const [rows, inner, columns] = [7, 512, 40];
	const model = encodeModel({
		name: "largest",
		initializers: [
			{ name: "w", dtype: "int8", shape: [inner, columns], data: new Int8Array(inner * columns).fill(-127) },
		],
		inputs: [{ name: "x", dtype: "int32", shape: [rows, inner] }],
		outputs: [{ name: "y", dtype: "int32", shape: [rows, columns] }],
		nodes: [
			{ name: "cast", op: "Cast", inputs: ["x"], outputs: ["x8"], attributes: { to: { int: 2 } } },
			{ name: "product", op: "MatMulInteger", inputs: ["x8", "w"], outputs: ["y"] },
		],
	});
	const session = await openSession(model, { executionProvider: "cpu", int8: true });
	try {
		const { y } = await session.run({ x: tensor(new Int32Array(rows * inner).fill(255), [rows, inner]) });
		assert.deepEqual(new Set(y!.data), new Set([-127 * 255 * inner]));
	} finally {
		await session.release();
	}
});
