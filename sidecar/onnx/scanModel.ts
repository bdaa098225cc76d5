import { isError, MaskwrightError } from "../base/errors.ts";
import { varints, type WireField, wireFields } from "./wire.ts";

type Message = "Model" | "Graph" | "Node" | "Attribute" | "Tensor" | "SparseTensor" | "Function" | "Training" | "Opset";

/** Where messages hold messages that matter: field numbers of the ONNX specification (onnx.proto). */
const nested: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
	Model: { 7: "Graph", 8: "Opset", 20: "Training", 25: "Function" },
	Training: { 1: "Graph", 2: "Graph" },
	Function: { 7: "Node", 9: "Opset", 11: "Attribute" },
	Graph: { 1: "Node", 5: "Tensor", 15: "SparseTensor" },
	Node: { 5: "Attribute" },
	Attribute: { 5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "SparseTensor", 23: "SparseTensor" },
	SparseTensor: { 1: "Tensor", 2: "Tensor" },
	Tensor: {},
	Opset: {},
};

const knownDomains = new Set(["", "ai.onnx", "com.microsoft"]);

const limits = {
	depth: 64, // messages within messages; a loop in a branch in a loop takes 15
	nodes: 500_000, // a training step of 24 layers has some 10,000
	denseElements: 2 ** 28, // 1 GiB of float32, what a sparse tensor of a few bytes could ask for
	bytes: 2 ** 31 - 1, // of a protobuf message
};

/**
 * Throws `modelInvalid` unless the bytes are an ONNX model that is safe to hand to
 * onnxruntime: nothing in it, at any depth, names a file, every operator is of a
 * known domain, and no size is out of proportion to the bytes. Reads every
 * occurrence of every field, since parsers differ in which of several they keep.
 */
export function scanModel(bytes: Uint8Array): void {
	if (bytes.length > limits.bytes) refuse("it is larger than 2 GiB");
	// onnxruntime would take its own format by this mark, and the scan below would not have read it.
	if (String.fromCharCode(...bytes.subarray(4, 8)) === "ORTM") refuse("it is in the ORT format, not ONNX");
	const scan = { nodes: 0, graphs: 0 };
	try {
		scanMessage("Model", bytes, { depth: 0, scan });
	} catch (error) {
		if (isError(error)) throw error;
		refuse("its bytes are not a whole protobuf message", error);
	}
	if (scan.graphs === 0) refuse("it holds no graph");
}

interface Place {
	readonly depth: number;
	readonly scan: { nodes: number; graphs: number };
}

function scanMessage(message: Message, bytes: Uint8Array, place: Place): void {
	if (place.depth > limits.depth) refuse("its graphs are nested too deeply");
	if (message === "Graph") place.scan.graphs++;
	if (message === "Node" && ++place.scan.nodes > limits.nodes) refuse(`it has more than ${limits.nodes} nodes`);
	const sizes: number[] = [];
	let rawBytes: number | undefined;
	for (const field of wireFields(bytes)) {
		checkField(message, field);
		if (field.number === (message === "SparseTensor" ? 3 : 1) && isTensor(message)) sizes.push(...varints(field));
		if (message === "Tensor" && field.number === 9 && field.kind === "bytes") rawBytes = field.value.length;
		const child = nested[message][field.number];
		if (child !== undefined && field.kind === "bytes")
			scanMessage(child, field.value, { ...place, depth: place.depth + 1 });
	}
	if (isTensor(message) && !(message === "SparseTensor" && sizes.length === 0))
		checkSize(message, sizes, rawBytes ?? bytes.length);
}

const isTensor = (message: Message): boolean => message === "Tensor" || message === "SparseTensor";

function checkField(message: Message, field: WireField): void {
	const text = (): string => (field.kind === "bytes" ? new TextDecoder().decode(field.value) : "");
	if (message === "Tensor") {
		if (field.number === 13) refuse("a tensor in it names a file for its data");
		if (field.number === 14 && !(field.kind === "varint" && field.value === 0))
			refuse("a tensor in it keeps its data outside of it");
	}
	const domainField = { Node: 7, Opset: 1, Function: 10 }[message as string];
	if (field.number === domainField && !knownDomains.has(text()))
		refuse(`it uses operators of the unknown domain "${text()}"`);
	// com.microsoft.EPContext names a compiled model in another file.
	if (message === "Node" && field.number === 4 && text() === "EPContext") refuse("it has an EPContext operator");
}

/** A dense tensor has at most two elements for each byte (four-bit integers); a sparse one has a fixed limit. */
function checkSize(message: Message, sizes: readonly number[], bytes: number): void {
	const elements = sizes.reduce((product, size) => product * size, 1);
	const most = message === "SparseTensor" ? limits.denseElements : Math.max(1, 2 * bytes);
	if (sizes.some((size) => size < 0) || elements > most)
		refuse(`a tensor in it claims the shape [${sizes.join(", ")}], which its bytes cannot fill`);
}

function refuse(why: string, cause?: unknown): never {
	throw new MaskwrightError(
		"modelInvalid",
		`The model cannot be used: ${why}. Export it again as one ONNX file with its weights inside, or choose another.`,
		cause === undefined ? {} : { cause },
	);
}
