/** onnxruntime reads other files for a model that it loads by path: it is given bytes, after the scan, and nothing else. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { encodeModel } from "../../../sidecar/onnx/encodeModel.ts";
import { openSession } from "../../../sidecar/session/session.ts";
import { engineCalls } from "../../support/engineCalls.ts";
import { bytesField, message, textField, varintField } from "../../support/protobufBytes.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const room = join(import.meta.dirname, "..", "..", "..", "sidecar", "session");
const cpu = { executionProvider: "cpu" } as const;

const sound = encodeModel({
	name: "negation",
	nodes: [{ name: "n", op: "Neg", inputs: ["x"], outputs: ["y"] }],
	initializers: [],
	inputs: [{ name: "x", dtype: "float32", shape: [2] }],
	outputs: [{ name: "y", dtype: "float32", shape: [2] }],
});

test("each call that makes a session stands after the scan, or has a model that was encoded right there", () => {
	const calls = readdirSync(room, { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".ts"))
		.flatMap((name) => {
			const text = readFileSync(join(room, name), "utf8");
			return [...text.matchAll(/InferenceSession\.create\(\w+|new InferenceSession|TrainingSession/g)].map(
				({ 0: call, index }) => {
					const before = text.slice(0, index);
					const safe = before.includes("\tscanModel(model);") || before.includes("const model = encodeModel({");
					return `${name}: ${call} ${safe}`;
				},
			);
		});
	assert.deepEqual(calls, [
		"int8Sums.ts: InferenceSession.create(model true",
		"session.ts: InferenceSession.create(model true",
	]);
});

test("a sound model gets there as bytes; a path, and a model that names a file, do not get there", async (context) => {
	const given = engineCalls(context);
	const session = await openSession(sound, cpu);
	await session.release();
	assert.ok(given.length === 1 && given[0] instanceof Uint8Array);
	const folder = temporaryFolder(context);
	const path = join(folder, "model.onnx");
	writeFileSync(path, sound);
	await assert.rejects(openSession(path as never, cpu), (error) => isError(error, "internal"));
	const secret = join(folder, "secret.bin");
	writeFileSync(secret, new Uint8Array(8));
	const location = message(textField(1, "location"), textField(2, secret));
	const tensor = message(
		varintField(1, 2),
		varintField(2, 1),
		textField(8, "w"),
		bytesField(13, location),
		varintField(14, 1),
	);
	const hostile = message(varintField(1, 9), bytesField(7, message(bytesField(5, tensor))));
	await assert.rejects(openSession(hostile, cpu), (error) => isError(error, "modelInvalid"));
	assert.equal(given.length, 1);
});
