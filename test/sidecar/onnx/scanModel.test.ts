import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isError } from "../../../sidecar/base/errors.ts";
import { decodeModel } from "../../../sidecar/onnx/decodeModel.ts";
import { encodeModel } from "../../../sidecar/onnx/encodeModel.ts";
import { scanModel } from "../../../sidecar/onnx/scanModel.ts";
import { bytesField, message, textField, varint, varintField } from "../../support/protobufBytes.ts";

// Field numbers of onnx.proto.
const external = tensorNaming(
	varintField(14, 1),
	bytesField(13, message(textField(1, "location"), textField(2, "/etc/passwd"))),
);
const graphWith = (...fields: Uint8Array[]) => message(...fields);
const model = (...fields: Uint8Array[]) => message(varintField(1, 9), ...fields);
const ofGraph = (graph: Uint8Array) => model(bytesField(7, graph));
const node = (...fields: Uint8Array[]) => message(textField(4, "Neg"), ...fields);
const withAttribute = (attribute: Uint8Array) => ofGraph(graphWith(bytesField(1, node(bytesField(5, attribute)))));

const initializer = graphWith(bytesField(5, external));
const sparse = message(bytesField(1, external), varintField(3, 4));

const hostile: Record<string, [bytes: Uint8Array, reason: RegExp]> = {
	"an initializer": [ofGraph(initializer), /names a file|outside of it/],
	"an initializer that has the mark alone": [
		ofGraph(graphWith(bytesField(5, tensorNaming(varintField(14, 1))))),
		/outside of it/,
	],
	"an initializer that names a file without the mark": [
		ofGraph(graphWith(bytesField(5, tensorNaming(bytesField(13, textField(1, "location")))))),
		/names a file/,
	],
	"a graph before a harmless second graph": [
		model(bytesField(7, initializer), bytesField(7, graphWith())),
		/names a file|outside of it/,
	],
	"a Constant's tensor": [withAttribute(bytesField(5, external)), /names a file|outside of it/],
	"a list of tensors": [withAttribute(bytesField(10, external)), /names a file|outside of it/],
	"a sparse attribute": [withAttribute(bytesField(22, sparse)), /names a file|outside of it/],
	"a list of sparse attributes": [withAttribute(bytesField(23, sparse)), /names a file|outside of it/],
	"a sparse initializer's values": [ofGraph(graphWith(bytesField(15, sparse))), /names a file|outside of it/],
	"a sparse initializer's indices": [
		ofGraph(graphWith(bytesField(15, message(bytesField(2, external), varintField(3, 4))))),
		/names a file|outside of it/,
	],
	"a subgraph": [withAttribute(bytesField(6, initializer)), /names a file|outside of it/],
	"a list of subgraphs": [withAttribute(bytesField(11, initializer)), /names a file|outside of it/],
	"a function's node": [
		model(bytesField(7, graphWith()), bytesField(25, bytesField(7, node(bytesField(5, bytesField(5, external)))))),
		/names a file|outside of it/,
	],
	"a function's default attribute": [
		model(bytesField(7, graphWith()), bytesField(25, bytesField(11, bytesField(5, external)))),
		/names a file|outside of it/,
	],
	"a training graph's initialization": [
		model(bytesField(7, graphWith()), bytesField(20, bytesField(1, initializer))),
		/names a file|outside of it/,
	],
	"an unknown domain of a function": [
		model(bytesField(7, graphWith()), bytesField(25, textField(10, "evil.ops"))),
		/domain "evil.ops"/,
	],
	"an unknown domain imported by a function": [
		model(bytesField(7, graphWith()), bytesField(25, bytesField(9, textField(1, "evil.ops")))),
		/domain "evil.ops"/,
	],
	"a training graph": [
		model(bytesField(7, graphWith()), bytesField(20, bytesField(2, initializer))),
		/names a file|outside of it/,
	],
	"an unknown domain of a node": [
		ofGraph(graphWith(bytesField(1, node(textField(7, "evil.ops"))))),
		/domain "evil.ops"/,
	],
	"an unknown domain imported": [
		model(bytesField(7, graphWith()), bytesField(8, textField(1, "ai.onnx.contrib"))),
		/domain "ai.onnx.contrib"/,
	],
	"an operator that names a compiled file": [
		ofGraph(graphWith(bytesField(1, message(textField(4, "EPContext"), textField(7, "com.microsoft"))))),
		/EPContext/,
	],
	"a tensor larger than its bytes": [
		ofGraph(
			graphWith(bytesField(5, message(varintField(1, 2 ** 40), varintField(2, 1), bytesField(9, new Uint8Array(4))))),
		),
		/claims the shape/,
	],
	"packed sizes larger than the bytes": [
		ofGraph(
			graphWith(
				bytesField(5, message(bytesField(1, message(varint(65536), varint(65536))), bytesField(9, new Uint8Array(4)))),
			),
		),
		/claims the shape/,
	],
	"a negative size": [ofGraph(graphWith(bytesField(5, message(varintField(1, -1))))), /claims the shape/],
	"a sparse tensor of a terabyte": [
		ofGraph(graphWith(bytesField(15, message(varintField(3, 2 ** 20), varintField(3, 2 ** 20))))),
		/claims the shape/,
	],
	"data that is shorter than its shape": [
		ofGraph(graphWith(bytesField(5, message(varintField(1, 2), varintField(2, 1), bytesField(9, new Uint8Array(7)))))),
		/claims the shape/,
	],
	"data that is longer than its shape": [
		ofGraph(graphWith(bytesField(5, message(varintField(1, 2), varintField(2, 1), bytesField(9, new Uint8Array(12)))))),
		/claims the shape/,
	],
	"data that stands twice": [
		ofGraph(graphWith(bytesField(5, tensorNaming(bytesField(9, new Uint8Array(8)))))),
		/data twice/,
	],
	"an unknown element type": [
		ofGraph(graphWith(bytesField(5, message(varintField(2, 99), bytesField(9, new Uint8Array(4)))))),
		/unknown type 99/,
	],
	"a million dimensions in one field": [
		ofGraph(graphWith(bytesField(5, bytesField(1, new Uint8Array(1_000_000).fill(1))))),
		/too many dimensions/,
	],
	"a hundred dimensions": [
		ofGraph(graphWith(bytesField(5, message(...Array.from({ length: 100 }, () => varintField(1, 1)))))),
		/too many dimensions/,
	],
	"a domain of a megabyte": [ofGraph(graphWith(bytesField(1, textField(7, "a".repeat(1 << 20))))), /too long/],
	"a list of millions of empty strings": [
		// Two bytes each: field 9 of an attribute, of no length.
		withAttribute(new Uint8Array(4_000_004).map((_, at) => (at % 2 === 0 ? (9 << 3) | 2 : 0))),
		/more than 2000000 fields/,
	],
	"a varint that does not end": [model(bytesField(7, graphWith()), new Uint8Array(20).fill(0xff)), /whole protobuf/],
	"an end of a group that never began": [
		model(bytesField(7, graphWith()), Uint8Array.of((7 << 3) | 4)),
		/whole protobuf/,
	],
	"graphs in graphs without end": [ofGraph(deepGraph(60)), /too deeply/],
	"the ORT format": [
		message(Uint8Array.of(24, 0, 0, 0), new TextEncoder().encode("ORTM"), new Uint8Array(20)),
		/ORT format/,
	],
	"no graph": [model(), /no graph/],
	"an empty file": [new Uint8Array(0), /no graph/],
	"a field longer than the file": [message(varintField(1, 9), Uint8Array.of((7 << 3) | 2, 100, 1)), /whole protobuf/],
	"a group": [model(bytesField(7, graphWith()), Uint8Array.of((7 << 3) | 3, (7 << 3) | 4)), /whole protobuf/],
};

for (const [name, [bytes, reason]] of Object.entries(hostile)) {
	test(`a model is refused for ${name}`, () => {
		assert.throws(
			() => scanModel(bytes),
			(error) => isError(error, "modelInvalid") && reason.test(error.message),
		);
		assert.throws(() => decodeModel(bytes));
	});
}

test("what each hostile model hides in is let through when it is harmless", () => {
	const plain = tensorNaming();
	const harmless = graphWith(bytesField(5, plain));
	for (const bytes of [
		ofGraph(harmless),
		withAttribute(bytesField(5, plain)),
		withAttribute(bytesField(6, harmless)),
		ofGraph(graphWith(bytesField(15, message(bytesField(1, plain), varintField(3, 4))))),
		model(bytesField(7, harmless), bytesField(25, bytesField(7, node(bytesField(5, bytesField(5, plain)))))),
		ofGraph(graphWith(bytesField(5, tensorNaming(varintField(14, 0))))),
		ofGraph(deepGraph(10)),
	])
		scanModel(bytes);
});

test("a damaged model is either let through or refused with a clear error", () => {
	const whole = encodeModel({
		name: "whole",
		nodes: [{ name: "n", op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
		initializers: [{ name: "w", dtype: "float32", shape: [4], data: new Float32Array(4) }],
		inputs: [{ name: "x", dtype: "float32", shape: [4] }],
		outputs: [{ name: "y", dtype: "float32", shape: [4] }],
	});
	scanModel(whole);
	const damage = fc.record({
		length: fc.nat(whole.length),
		flips: fc.array(fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7) }), { maxLength: 4 }),
	});
	fc.assert(
		fc.property(damage, ({ length, flips }) => {
			const bytes = Uint8Array.from(whole);
			for (const { at, bit } of flips) bytes[at] = bytes[at]! ^ (1 << bit);
			try {
				scanModel(bytes.subarray(0, length));
			} catch (error) {
				assert.ok(isError(error, "modelInvalid"), String(error));
			}
		}),
		{ seed: 3, numRuns: 2000 },
	);
});

function tensorNaming(...fields: Uint8Array[]): Uint8Array {
	return message(varintField(1, 2), varintField(2, 1), textField(8, "w"), ...fields, bytesField(9, new Uint8Array(8)));
}

function deepGraph(levels: number): Uint8Array {
	let graph = graphWith();
	for (let level = 0; level < levels; level++)
		graph = graphWith(bytesField(1, node(bytesField(5, bytesField(6, graph)))));
	return graph;
}
