import protobuf from "protobufjs/light.js";

/** The fields of ONNX messages that we write and read, with the numbers of the ONNX specification (onnx.proto). */
const messages: Record<string, Record<string, [type: string, id: number, rule?: "repeated"]>> = {
	ModelProto: {
		irVersion: ["int64", 1],
		producerName: ["string", 2],
		graph: ["GraphProto", 7],
		opsetImport: ["OperatorSetIdProto", 8, "repeated"],
		metadataProps: ["StringStringEntryProto", 14, "repeated"],
	},
	OperatorSetIdProto: { domain: ["string", 1], version: ["int64", 2] },
	StringStringEntryProto: { key: ["string", 1], value: ["string", 2] },
	GraphProto: {
		node: ["NodeProto", 1, "repeated"],
		name: ["string", 2],
		initializer: ["TensorProto", 5, "repeated"],
		input: ["ValueInfoProto", 11, "repeated"],
		output: ["ValueInfoProto", 12, "repeated"],
	},
	NodeProto: {
		input: ["string", 1, "repeated"],
		output: ["string", 2, "repeated"],
		name: ["string", 3],
		opType: ["string", 4],
		attribute: ["AttributeProto", 5, "repeated"],
		domain: ["string", 7],
	},
	AttributeProto: {
		name: ["string", 1],
		f: ["float", 2],
		i: ["int64", 3],
		s: ["bytes", 4],
		t: ["TensorProto", 5],
		floats: ["float", 7, "repeated"],
		ints: ["int64", 8, "repeated"],
		type: ["int32", 20],
	},
	TensorProto: {
		dims: ["int64", 1, "repeated"],
		dataType: ["int32", 2],
		floatData: ["float", 4, "repeated"],
		int32Data: ["int32", 5, "repeated"],
		int64Data: ["int64", 7, "repeated"],
		name: ["string", 8],
		rawData: ["bytes", 9],
		doubleData: ["double", 10, "repeated"],
	},
	ValueInfoProto: { name: ["string", 1], type: ["TypeProto", 2] },
	TypeProto: { tensorType: ["TensorTypeProto", 1] },
	TensorTypeProto: { elemType: ["int32", 1], shape: ["TensorShapeProto", 2] },
	TensorShapeProto: { dim: ["DimensionProto", 1, "repeated"] },
	DimensionProto: { dimValue: ["int64", 1], dimParam: ["string", 2] },
};

const root = protobuf.Root.fromJSON({
	nested: Object.fromEntries(
		Object.entries(messages).map(([name, fields]) => [
			name,
			{
				fields: Object.fromEntries(
					Object.entries(fields).map(([field, [type, id, rule]]) => [
						field,
						rule === undefined ? { type, id } : { type, id, rule },
					]),
				),
			},
		]),
	),
});

/** The root message of an ONNX file. */
export const modelProto = root.lookupType("ModelProto");

/** AttributeProto.AttributeType of the ONNX specification. */
export const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;
