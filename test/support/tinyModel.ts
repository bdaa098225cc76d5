/** Writes small ONNX models by hand, so that tests of the session stand on nothing of ours. */

export interface NodeSpec {
	op: string;
	inputs: string[];
	outputs: string[];
	/** Integers and integer lists become ints, strings become strings. */
	attributes?: Record<string, number | number[] | string>;
	domain?: string;
}

export interface ValueSpec {
	name: string;
	shape: (number | string)[];
	dtype?: "float32" | "int32" | "int64" | "bool";
}

export interface ModelSpec {
	nodes: NodeSpec[];
	inputs: ValueSpec[];
	outputs: ValueSpec[];
	/** float32 scalars and vectors by name; a number is a scalar. */
	constants?: Record<string, number | number[]>;
	/** int64 vectors by name, for shapes and axes. */
	integers?: Record<string, number[]>;
}

/** The bytes of the model: opset 20, IR version 9. */
export function tinyModel(spec: ModelSpec): Uint8Array {
	const graph = [
		...spec.nodes.map((node) => message(1, nodeBytes(node))),
		text(2, "tiny"),
		...Object.entries(spec.constants ?? {}).map(([name, value]) => {
			const values = Float32Array.from(typeof value === "number" ? [value] : value);
			return message(
				5,
				tensorBytes(name, 1, new Uint8Array(values.buffer), typeof value === "number" ? [] : [value.length]),
			);
		}),
		...Object.entries(spec.integers ?? {}).map(([name, values]) =>
			message(5, tensorBytes(name, 7, new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer), [values.length])),
		),
		...spec.inputs.map((value) => message(11, valueBytes(value))),
		...spec.outputs.map((value) => message(12, valueBytes(value))),
	];
	return join(integer(1, 9), message(7, join(...graph)), message(8, join(text(1, ""), integer(2, 20))));
}

/** A model of one operator over same-shaped float32 inputs `a`, `b`, ... with the output `y`. */
export function oneOperator(op: string, shape: (number | string)[], inputCount = 1): Uint8Array {
	const inputs = ["a", "b", "c"].slice(0, inputCount);
	return tinyModel({
		nodes: [{ op, inputs, outputs: ["y"] }],
		inputs: inputs.map((name) => ({ name, shape })),
		outputs: [{ name: "y", shape }],
	});
}

function nodeBytes(node: NodeSpec): Uint8Array {
	return join(
		...node.inputs.map((name) => text(1, name)),
		...node.outputs.map((name) => text(2, name)),
		text(3, `${node.op}:${node.outputs[0]}`),
		text(4, node.op),
		...Object.entries(node.attributes ?? {}).map(([name, value]) => message(5, attributeBytes(name, value))),
		...(node.domain === undefined ? [] : [text(7, node.domain)]),
	);
}

function attributeBytes(name: string, value: number | number[] | string): Uint8Array {
	if (typeof value === "string") return join(text(1, name), text(4, value), integer(20, 3));
	if (typeof value === "number") return join(text(1, name), integer(3, value), integer(20, 2));
	return join(text(1, name), ...value.map((n) => integer(8, n)), integer(20, 7));
}

function tensorBytes(name: string, type: number, raw: Uint8Array, dims: number[]): Uint8Array {
	return join(...dims.map((n) => integer(1, n)), integer(2, type), text(8, name), message(9, raw));
}

function valueBytes(value: ValueSpec): Uint8Array {
	const type = { float32: 1, int32: 6, int64: 7, bool: 9 }[value.dtype ?? "float32"];
	const dims = value.shape.map((n) => message(1, typeof n === "number" ? integer(1, n) : text(2, n)));
	return join(text(1, value.name), message(2, message(1, join(integer(1, type), message(2, join(...dims))))));
}

function integer(field: number, value: number): Uint8Array {
	return join(varint(field * 8), varint(value));
}

function text(field: number, value: string): Uint8Array {
	return message(field, new TextEncoder().encode(value));
}

function message(field: number, bytes: Uint8Array): Uint8Array {
	return join(varint(field * 8 + 2), varint(bytes.length), bytes);
}

function varint(value: number): Uint8Array {
	const bytes: number[] = [];
	let rest = BigInt.asUintN(64, BigInt(value));
	while (rest >= 128n) {
		bytes.push(Number(rest & 127n) | 128);
		rest >>= 7n;
	}
	bytes.push(Number(rest));
	return Uint8Array.from(bytes);
}

function join(...parts: Uint8Array[]): Uint8Array {
	return Uint8Array.from(Buffer.concat(parts));
}
