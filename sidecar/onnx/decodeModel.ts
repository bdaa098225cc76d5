import { MaskwrightError } from "../base/errors.ts";
import {
	type AttributeDescription,
	type ElementType,
	elementTypes,
	type ModelDescription,
	type NodeDescription,
	type TensorDescription,
	type ValueDescription,
} from "./model.ts";
import { scanModel } from "./scanModel.ts";
import { attributeTypes, modelProto } from "./schema.ts";

/** A model as read, with the versions that its file names. */
export interface DecodedModel extends ModelDescription {
	readonly irVersion: number;
	/** The operator set version by domain; "" is the standard one. */
	readonly operatorSets: Readonly<Record<string, number>>;
}

/**
 * Reads an ONNX file. Scans it first, and throws `modelInvalid` for one that is
 * broken or hostile, or that holds what `ModelDescription` cannot say (subgraphs, strings).
 */
export function decodeModel(bytes: Uint8Array): DecodedModel {
	scanModel(bytes);
	const model = modelProto.toObject(modelProto.decode(bytes), {
		longs: Number,
		defaults: true,
		arrays: true,
	}) as ModelMessage;
	const { graph } = model;
	return {
		name: graph.name,
		irVersion: model.irVersion,
		operatorSets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain, version])),
		metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
		nodes: graph.node.map(nodeOf),
		initializers: graph.initializer.map(tensorOf),
		inputs: graph.input.map(descriptionOf),
		outputs: graph.output.map(descriptionOf),
	};
}

interface ModelMessage {
	irVersion: number;
	opsetImport: { domain: string; version: number }[];
	metadataProps: { key: string; value: string }[];
	graph: {
		name: string;
		node: NodeMessage[];
		initializer: TensorMessage[];
		input: ValueMessage[];
		output: ValueMessage[];
	};
}

interface NodeMessage {
	input: string[];
	output: string[];
	name: string;
	opType: string;
	domain: string;
	attribute: AttributeMessage[];
}

interface AttributeMessage {
	name: string;
	f: number;
	i: number;
	s: Uint8Array;
	t: TensorMessage | null;
	floats: number[];
	ints: number[];
	type: number;
}

interface TensorMessage {
	dims: number[];
	dataType: number;
	name: string;
	rawData: Uint8Array;
	floatData: number[];
	int32Data: number[];
	int64Data: number[];
	doubleData: number[];
}

interface ValueMessage {
	name: string;
	type: {
		tensorType: { elemType: number; shape: { dim: { dimValue: number; dimParam: string }[] } | null } | null;
	} | null;
}

function nodeOf({ name, opType, domain, input, output, attribute }: NodeMessage): NodeDescription {
	const attributes = Object.fromEntries(attribute.map((message) => [message.name, attributeOf(message)]));
	return { name, op: opType, domain, inputs: input, outputs: output, attributes };
}

function attributeOf(message: AttributeMessage): AttributeDescription {
	switch (message.type) {
		case attributeTypes.int:
			return { int: message.i };
		case attributeTypes.float:
			return { float: message.f };
		case attributeTypes.string:
			return { string: new TextDecoder().decode(message.s) };
		case attributeTypes.ints:
			return { ints: message.ints };
		case attributeTypes.floats:
			return { floats: message.floats };
		case attributeTypes.tensor:
			if (message.t !== null) return { tensor: tensorOf(message.t) };
	}
	throw unsupported(`attribute ${message.name} is of type ${message.type}`);
}

function tensorOf(message: TensorMessage): TensorDescription {
	const dtype = elementTypeOf(message.dataType, message.name);
	const size = message.dims.reduce((product, length) => product * length, 1);
	const bytes = message.rawData.length > 0 ? Uint8Array.from(message.rawData) : typedBytes(message, dtype);
	if (bytes.length !== size * elementTypes[dtype].bytes)
		throw unsupported(`tensor ${message.name} of shape [${message.dims.join(", ")}] has ${bytes.length} bytes`);
	return { name: message.name, dtype, shape: message.dims, data: viewOf(dtype, bytes) };
}

/** The bytes of a tensor whose elements stand in a field of their own type. */
function typedBytes(message: TensorMessage, dtype: ElementType): Uint8Array {
	const view = {
		float32: () => Float32Array.from(message.floatData),
		float64: () => Float64Array.from(message.doubleData),
		int64: () => BigInt64Array.from(message.int64Data, BigInt),
		int32: () => Int32Array.from(message.int32Data),
		float16: () => Uint16Array.from(message.int32Data),
		uint8: () => Uint8Array.from(message.int32Data),
		int8: () => Int8Array.from(message.int32Data),
		bool: () => Uint8Array.from(message.int32Data),
	}[dtype]();
	return new Uint8Array(view.buffer);
}

function viewOf(dtype: ElementType, { buffer }: Uint8Array): ArrayBufferView {
	switch (dtype) {
		case "float32":
			return new Float32Array(buffer);
		case "float64":
			return new Float64Array(buffer);
		case "int64":
			return new BigInt64Array(buffer);
		case "int32":
			return new Int32Array(buffer);
		case "float16":
			return new Uint16Array(buffer);
		case "int8":
			return new Int8Array(buffer);
		default:
			return new Uint8Array(buffer);
	}
}

function descriptionOf({ name, type }: ValueMessage): ValueDescription {
	const tensorType = type?.tensorType;
	if (tensorType === null || tensorType === undefined) throw unsupported(`${name} is not a tensor`);
	const shape = (tensorType.shape?.dim ?? []).map(({ dimValue, dimParam }) => (dimParam === "" ? dimValue : dimParam));
	return { name, dtype: elementTypeOf(tensorType.elemType, name), shape };
}

function elementTypeOf(code: number, name: string): ElementType {
	const found = (Object.keys(elementTypes) as ElementType[]).find((type) => elementTypes[type].code === code);
	if (found === undefined) throw unsupported(`${name} has the element type ${code}`);
	return found;
}

function unsupported(fact: string): MaskwrightError {
	return new MaskwrightError(
		"modelInvalid",
		`The model cannot be read: ${fact}. Choose a model made of plain tensors and operators.`,
	);
}
