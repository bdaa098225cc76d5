import { encodeModel } from "../onnx/encodeModel.ts";
import { engine } from "./engine.ts";

let found: Promise<boolean> | undefined;

/**
 * Whether sums of 8-bit products overflow on this processor: those with AVX2 and no VNNI add two products in 16 bits,
 * which 255 * 127 * 2 exceeds. onnxruntime has slower kernels against it, but takes them on every x64 processor when they
 * are asked for, so one product is tried, once in a process.
 */
export function int8SumsOverflow(): Promise<boolean> {
	found ??= tryProduct();
	return found;
}

const [inner, columns] = [64, 16];

async function tryProduct(): Promise<boolean> {
	const weights = new Int8Array(inner * columns).fill(127);
	const model = encodeModel({
		name: "int8Sums",
		initializers: [{ name: "w", dtype: "int8", shape: [inner, columns], data: weights }],
		inputs: [{ name: "x", dtype: "int32", shape: [1, inner] }],
		outputs: [{ name: "y", dtype: "int32", shape: [1, columns] }],
		nodes: [
			{ name: "cast", op: "Cast", inputs: ["x"], outputs: ["x8"], attributes: { to: { int: 2 } } }, // uint8
			{ name: "product", op: "MatMulInteger", inputs: ["x8", "w"], outputs: ["y"] },
		],
	});
	const { InferenceSession, Tensor } = engine();
	const session = await InferenceSession.create(model, { executionProviders: ["cpu"], intraOpNumThreads: 1 });
	try {
		const { y } = await session.run({ x: new Tensor("int32", new Int32Array(inner).fill(255), [1, inner]) });
		return (y!.data as Int32Array).some((sum) => sum !== 255 * 127 * inner);
	} finally {
		await session.release();
	}
}
