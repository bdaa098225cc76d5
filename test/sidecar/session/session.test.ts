import assert from "node:assert/strict";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { download } from "../../../sidecar/session/download.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { floats, tensor } from "../../../sidecar/session/tensor.ts";
import { oneOperator, tinyModel } from "../../support/tinyModel.ts";

const cpu = { executionProvider: "cpu" } as const;

/** Two chained products of 2^20 x 2^20 float32, 4 TiB each: no machine can hold one. */
const absurd = tinyModel({
	nodes: [{ op: "Expand", inputs: ["a", "shape"], outputs: ["y"] }],
	inputs: [{ name: "a", shape: [1] }],
	outputs: [{ name: "y", shape: [2 ** 20, 2 ** 20] }],
	integers: { shape: [2 ** 20, 2 ** 20] },
});

test("a session gives every output by name and describes its inputs and outputs", async () => {
	const session = await openSession(oneOperator("Add", [2, "n"], 2), cpu);
	assert.deepEqual(
		[...session.inputs],
		[
			["a", { dtype: "float32", shape: [2, "n"] }],
			["b", { dtype: "float32", shape: [2, "n"] }],
		],
	);
	const a = tensor(Float32Array.of(1, 2, 3, 4), [2, 2]);
	const { y, ...others } = await session.run({ a, b: a, unused: a });
	assert.deepEqual(others, {});
	assert.deepEqual([y?.dtype, y?.shape, y?.location, y?.data], ["float32", [2, 2], "cpu", Float32Array.of(2, 4, 6, 8)]);
	await session.release();
	assert.deepEqual(y?.data, Float32Array.of(2, 4, 6, 8), "a CPU output outlives its session");
});

test("a run writes into the tensors it is given", async () => {
	const session = await openSession(oneOperator("Neg", [2]), cpu);
	const target = tensor(new Float32Array(2), [2]);
	const { y } = await session.run({ a: tensor(Float32Array.of(1, 2), [2]) }, { into: { y: target } });
	assert.equal(y, target);
	assert.deepEqual(target.data, Float32Array.of(-1, -2));
	await misuse(() => session.run({ a: target }, { into: { y: target } }), /also used elsewhere/);
	await session.release();
});

test("a tensor that is both fed and written into in one run is refused", async () => {
	const session = await openSession(oneOperator("Neg", [2]), cpu);
	const a = tensor(Float32Array.of(1, 2), [2]);
	await misuse(() => session.run({ a }, { into: { y: a } }), /also used elsewhere/);
	assert.deepEqual(a.data, Float32Array.of(1, 2));
	await session.release();
});

test("a tensor with too few elements, a wrong shape, a wrong type or no tensor at all is refused by name", async () => {
	await misuse(() => tensor(new Float32Array(3), [2, 2]), /3 elements .* \[2,2\], which has 4/);
	const session = await openSession(oneOperator("Neg", [2]), cpu);
	await misuse(() => session.run({ a: tensor(new Float32Array(3), [3]) }), /"a" is float32 \[2\] .* float32 \[3\]/);
	await misuse(() => session.run({ a: tensor(new Int32Array(2), [2]) }), /"a" is float32 \[2\] .* int32 \[2\]/);
	await misuse(() => session.run({}), /"a" was not fed/);
	await misuse(() => floats(tensor(new Int32Array(2), [2])), /float32 tensor was expected/);
	await session.release();
});

test("a tensor is unusable after dispose, and disposing of it twice is harmless", async () => {
	const session = await openSession(oneOperator("Neg", [2]), cpu);
	const a = tensor(new Float32Array(2), [2]);
	a.dispose();
	a.dispose();
	await misuse(() => a.data, /cannot be read: it was disposed of/);
	await misuse(() => session.run({ a }), /cannot be used: it was disposed of/);
	await session.release();
});

test("a tensor cannot be disposed of while a run uses it", async () => {
	const session = await openSession(oneOperator("Neg", [1]), cpu);
	const a = tensor(Float32Array.of(3), [1]);
	const running = session.run({ a });
	await misuse(() => a.dispose(), /while a run still uses it/);
	assert.deepEqual((await running)["y"]?.data, Float32Array.of(-3));
	a.dispose();
	await session.release();
});

test("a released session refuses to run, and a release waits for the runs under way", async () => {
	const session = await openSession(oneOperator("Neg", [1]), cpu);
	const a = tensor(Float32Array.of(3), [1]);
	const runs = [session.run({ a }), session.run({ a })];
	await session.release();
	await session.release();
	const results = await Promise.all(runs);
	assert.deepEqual(
		results.map((outputs) => outputs["y"]?.data),
		[Float32Array.of(-3), Float32Array.of(-3)],
	);
	await misuse(() => session.run({ a }), /after its release/);
});

test("runs of one session started at once are queued and keep their own results", async () => {
	const session = await openSession(oneOperator("Neg", [1]), cpu);
	const runs = Array.from({ length: 20 }, (_, i) => session.run({ a: tensor(Float32Array.of(i), [1]) }));
	const results = (await Promise.all(runs)).map((outputs) => floats(outputs["y"]!)[0]);
	assert.deepEqual(
		results,
		Array.from({ length: 20 }, (_, i) => -i),
	);
	await session.release();
});

test("a failed run leaves its session and its tensors usable", async () => {
	const session = await openSession(oneOperator("MatMul", ["n", "m"], 2), cpu);
	const a = tensor(Float32Array.of(1, 2), [1, 2]);
	await assert.rejects(session.run({ a, b: a }), (error) => isError(error, "internal"));
	const { y } = await session.run({ a, b: tensor(Float32Array.of(3, 4), [2, 1]) });
	assert.deepEqual(y?.data, Float32Array.of(11));
	a.dispose();
	await session.release();
});

test("download gives a CPU tensor back as it is", async () => {
	const a = tensor(Float32Array.of(1), [1]);
	assert.equal(await download(a), a);
});

test("a model that the scan finds hostile is refused before onnxruntime sees it", async () => {
	const foreign = tinyModel({
		nodes: [{ op: "Neg", inputs: ["a"], outputs: ["y"], domain: "made.up" }],
		inputs: [{ name: "a", shape: [1] }],
		outputs: [{ name: "y", shape: [1] }],
	});
	await assert.rejects(
		openSession(foreign, cpu),
		(error) => isError(error, "modelInvalid") && /made\.up/.test(error.message),
	);
});

test("bytes that are no model are modelInvalid", async () => {
	for (const bytes of [new Uint8Array(0), new Uint8Array(64).fill(255), oneOperator("NoSuchOperator", [1])]) {
		await assert.rejects(openSession(bytes, cpu), (error) => isError(error, "modelInvalid"));
	}
});

test("a model that asks for more memory than there is ends in outOfMemory, not in a crash", async () => {
	const session = await openSession(absurd, cpu);
	await assert.rejects(
		session.run({ a: tensor(Float32Array.of(1), [1]) }),
		(error) => isError(error, "outOfMemory") && /smaller batch/.test(error.message) && error.cause instanceof Error,
	);
	await session.release();
});

test("two sessions on the CPU with the same threads compute the same bits", async () => {
	const values = Float32Array.from({ length: 96 * 96 }, (_, i) => Math.sin(i * 12.9898) * 43.5);
	const results: Float32Array[] = [];
	for (let i = 0; i < 2; i++) {
		const session = await openSession(oneOperator("MatMul", [96, 96], 2), { ...cpu, threads: 2 });
		const a = tensor(values, [96, 96]);
		results.push(floats((await session.run({ a, b: a }))["y"]!));
		await session.release();
	}
	assert.deepEqual(results[0], results[1]);
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
