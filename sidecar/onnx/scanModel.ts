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
	fields: 2_000_000, // read by this scan; an exported encoder has some 50,000, since data is one field a tensor
	dimensions: 64,
	nameBytes: 256, // of a domain or an operator's type
};

/** Bits of an element by TensorProto.DataType; a tensor of strings (8) has no bytes of its own. */
const elementBits: Readonly<Record<number, number>> = {
	...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128 },
	...{ 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2 },
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
	const scan = { nodes: 0, graphs: 0, fields: 0 };
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
	/** What was met so far, at any depth. */
	readonly scan: { nodes: number; graphs: number; fields: number };
}

function scanMessage(message: Message, bytes: Uint8Array, place: Place): void {
	if (place.depth > limits.depth) refuse("its graphs are nested too deeply");
	if (message === "Graph") place.scan.graphs++;
	if (message === "Node" && ++place.scan.nodes > limits.nodes) refuse(`it has more than ${limits.nodes} nodes`);
	const tensor: TensorFacts = { sizes: [] };
	for (const field of wireFields(bytes)) {
		if (++place.scan.fields > limits.fields) refuse(`it has more than ${limits.fields} fields`);
		checkField(message, field);
		if (isTensor(message)) readTensorField(message, field, tensor);
		const child = nested[message][field.number];
		if (child !== undefined && field.kind === "bytes")
			scanMessage(child, field.value, { ...place, depth: place.depth + 1 });
	}
	if (isTensor(message) && !(message === "SparseTensor" && tensor.sizes.length === 0))
		checkSize(message, tensor, bytes.length);
}

/** What a tensor says of itself. */
interface TensorFacts {
	readonly sizes: number[];
	type?: number;
	/** Of the one field that holds its elements as bytes. */
	rawBytes?: number;
}

function readTensorField(message: Message, field: WireField, tensor: TensorFacts): void {
	if (field.number === (message === "SparseTensor" ? 3 : 1)) {
		// Ten bytes are the longest varint: a list of sizes that is longer than this is never read.
		if (field.kind === "bytes" && field.value.length > 10 * limits.dimensions)
			refuse("a tensor in it has too many dimensions");
		tensor.sizes.push(...varints(field));
		if (tensor.sizes.length > limits.dimensions) refuse("a tensor in it has too many dimensions");
	}
	if (message !== "Tensor") return;
	if (field.number === 2 && field.kind === "varint") tensor.type = field.value;
	if (field.number === 9 && field.kind === "bytes") {
		if (tensor.rawBytes !== undefined) refuse("a tensor in it has its data twice");
		tensor.rawBytes = field.value.length;
	}
}

const isTensor = (message: Message): boolean => message === "Tensor" || message === "SparseTensor";

function checkField(message: Message, field: WireField): void {
	const text = (): string => {
		if (field.kind !== "bytes") return "";
		if (field.value.length > limits.nameBytes) refuse("the name of an operator or domain in it is too long");
		return new TextDecoder().decode(field.value);
	};
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

/**
 * Data in bytes must be exactly what type and shape ask for. Otherwise a dense tensor has at most four elements for each
 * byte of the message (of two bits), and a sparse one a fixed number, since it can be large without any.
 */
function checkSize(message: Message, { sizes, type, rawBytes }: TensorFacts, bytes: number): void {
	const elements = sizes.reduce((product, size) => product * size, 1);
	const bits = rawBytes === undefined ? undefined : elementBits[type ?? 0];
	const fits =
		bits === undefined
			? elements <= (message === "SparseTensor" ? limits.denseElements : Math.max(1, 4 * bytes))
			: Math.ceil((elements * bits) / 8) === rawBytes;
	if (sizes.some((size) => size < 0) || !fits)
		refuse(`a tensor in it claims the shape [${sizes.join(", ")}], which its bytes do not fill`);
	if (rawBytes !== undefined && bits === undefined) refuse(`a tensor in it is of the unknown type ${type ?? 0}`);
}

function refuse(why: string, cause?: unknown): never {
	throw new MaskwrightError(
		"modelInvalid",
		`The model cannot be used: ${why}. Export it again as one ONNX file with its weights inside, or choose another.`,
		cause === undefined ? {} : { cause },
	);
}
