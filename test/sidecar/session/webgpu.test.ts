import assert from "node:assert/strict";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { download } from "../../../sidecar/session/download.ts";
import { worstDifference } from "../../../sidecar/session/probeDevice.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../sidecar/session/tensor.ts";
import { trainTiny } from "../../../sidecar/session/trainingStep.ts";
import { useSoftwareVulkan } from "../../support/softwareVulkan.ts";
import { oneOperator, tinyModel } from "../../support/tinyModel.ts";

// Each test file is a process of its own, so a driver that crashes here takes down nothing else.
const skip = useSoftwareVulkan();
const onDevice = { executionProvider: "webgpu", strict: true, onDevice: () => true } as const;
const strict = { executionProvider: "webgpu", strict: true } as const;
const cpu = { executionProvider: "cpu" } as const;

test("outputs named by onDevice stay on the device, the others come to the CPU", { skip }, async () => {
	const model = tinyModel({
		nodes: [
			{ op: "Neg", inputs: ["a"], outputs: ["stays"] },
			{ op: "Exp", inputs: ["a"], outputs: ["comes"] },
		],
		inputs: [{ name: "a", shape: [1] }],
		outputs: [
			{ name: "stays", shape: [1] },
			{ name: "comes", shape: [1] },
		],
	});
	const session = await openSession(model, { ...strict, onDevice: (name) => name === "stays" });
	const { stays, comes } = await session.run({ a: tensor(Float32Array.of(0), [1]) });
	assert.deepEqual([stays?.location, stays?.shape, comes?.location], ["device", [1], "cpu"]);
	await session.release();
});

test("the data of a device tensor cannot be read in place, but a download has it", { skip }, async () => {
	const session = await openSession(oneOperator("Neg", [2, 3]), onDevice);
	const { y } = await session.run({ a: tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]) });
	await misuse(() => y!.data, /in the memory of webgpu/);
	const copy = await download(y!);
	assert.deepEqual([copy.shape, copy.location, copy.data], [[2, 3], "cpu", Float32Array.of(-1, -2, -3, -4, -5, -6)]);
	await session.release();
	assert.deepEqual(copy.data, Float32Array.of(-1, -2, -3, -4, -5, -6), "a copy outlives the session");
});

test("download copies scalars, int32 and bool", { skip }, async () => {
	for (const data of [Float32Array.of(7), Int32Array.of(-7), Uint8Array.of(1)]) {
		const dtype = data instanceof Float32Array ? "float32" : data instanceof Int32Array ? "int32" : "bool";
		const model = tinyModel({
			nodes: [{ op: "Identity", inputs: ["a"], outputs: ["y"] }],
			inputs: [{ name: "a", shape: [], dtype }],
			outputs: [{ name: "y", shape: [], dtype }],
		});
		const session = await openSession(model, { ...onDevice, strict: false });
		const { y } = await session.run({ a: tensor(data, []) });
		assert.equal(y?.location, "device");
		assert.deepEqual((await download(y)).data, data);
		await session.release();
	}
});

test("a device tensor fed to a CPU session is refused", { skip }, async () => {
	const session = await openSession(oneOperator("Neg", [1]), onDevice);
	const other = await openSession(oneOperator("Neg", [1]), cpu);
	const { y } = await session.run({ a: tensor(Float32Array.of(1), [1]) });
	await misuse(() => other.run({ a: y! }), /memory of webgpu, but the session runs on cpu/);
	await Promise.all([session.release(), other.release()]);
});

test("a device tensor passes from one webgpu session to another", { skip }, async () => {
	const first = await openSession(oneOperator("Neg", [2]), onDevice);
	const second = await openSession(oneOperator("Exp", [2]), strict);
	const { y } = await first.run({ a: tensor(Float32Array.of(0, -1), [2]) });
	const result = floats((await second.run({ a: y! }))["y"]!);
	assert.ok(Math.abs(result[1]! - Math.E) < 1e-5, String(result));
	await Promise.all([first.release(), second.release()]);
});

test("device tensors die with their session, and using one afterwards says so", { skip }, async () => {
	const session = await openSession(oneOperator("Neg", [1]), onDevice);
	const other = await openSession(oneOperator("Neg", [1]), strict);
	const { y } = await session.run({ a: tensor(Float32Array.of(1), [1]) });
	await session.release();
	await misuse(() => other.run({ a: y! }), /the session that made it was released/);
	await misuse(() => download(y!), /the session that made it was released/);
	await misuse(() => y!.data, /the session that made it was released/);
	y!.dispose();
	await other.release();
});

test("a session counts the device tensors it made until they are disposed of", { skip }, async () => {
	const session = await openSession(oneOperator("Neg", [1]), onDevice);
	const first = await session.run({ a: tensor(Float32Array.of(1), [1]) });
	const second = await session.run({ a: first["y"]! });
	assert.equal(session.deviceTensorCount, 2);
	first["y"]!.dispose();
	first["y"]!.dispose();
	assert.equal(session.deviceTensorCount, 1);
	await misuse(() => session.run({ a: first["y"]! }), /it was disposed of/);
	assert.deepEqual((await download(second["y"]!)).data, Float32Array.of(1));
	await session.release();
	assert.equal(session.deviceTensorCount, 0);
});

test("a session that needs the CPU for an operator is refused when strict and runs when not", { skip }, async () => {
	const model = oneOperator("Sign", [1]);
	await assert.rejects(
		openSession(model, strict),
		(error) => isError(error, "modelInvalid") && /CPU/.test(error.message),
	);
	const session = await openSession(model, { executionProvider: "webgpu" });
	assert.deepEqual((await session.run({ a: tensor(Float32Array.of(-3), [1]) }))["y"]?.data, Float32Array.of(-1));
	await session.release();
});

test("a buffer larger than the device allows ends in outOfMemory, and the device goes on", { skip }, async () => {
	const model = tinyModel({
		nodes: [{ op: "Expand", inputs: ["a", "shape"], outputs: ["y"] }],
		inputs: [{ name: "a", shape: [1] }],
		outputs: [{ name: "y", shape: [2 ** 15, 2 ** 15] }],
		integers: { shape: [2 ** 15, 2 ** 15] }, // 4 GiB
	});
	const session = await openSession(model, { executionProvider: "webgpu", onDevice: () => true });
	await assert.rejects(
		session.run({ a: tensor(Float32Array.of(1), [1]) }),
		(error) => isError(error, "outOfMemory") || assert.fail(String(error)),
	);
	await session.release();
	const next = await openSession(oneOperator("Neg", [1]), strict);
	assert.deepEqual((await next.run({ a: tensor(Float32Array.of(1), [1]) }))["y"]?.data, Float32Array.of(-1));
	await next.release();
});

test("twelve strict training steps that stay on the device have the losses of the CPU", { skip }, async () => {
	const steps = 12;
	const [expected, actual] = [await trainTiny("cpu", steps), await trainTiny("webgpu", steps)];
	assert.ok(expected.losses[steps - 1]! < expected.losses[0]! - 0.5, `it does not learn: ${expected.losses}`);
	const worst = worstDifference(actual.losses, expected.losses);
	assert.ok(worst <= 1e-5, `worst relative difference of the losses: ${worst}`);
});

/** Asserts that `action` fails with `tensorMisuse` and a message that says what the pattern says. */
async function misuse(action: () => unknown, message: RegExp): Promise<void> {
	await assert.rejects(
		async () => action(),
		(error) => {
			assert.ok(isError(error, "tensorMisuse"), String(error));
			assert.match(error.message, message);
			return true;
		},
	);
}
