import {
	type AttributeDescription,
	elementTypes,
	type ModelDescription,
	type NodeDescription,
	type TensorDescription,
	type ValueDescription,
} from "./model.ts";
import { attributeTypes, modelProto } from "./schema.ts";

const irVersion = 9; // of ONNX 1.15, the release that defined operator set 20
const operatorSet = 20;

/**
 * The bytes of an ONNX file: IR version 9, operator set 20, version 1 of every
 * other domain that a node names. Tensors travel as raw bytes.
 */
export function encodeModel(model: ModelDescription): Uint8Array {
	const domains = new Set(model.nodes.map((node) => node.domain ?? "").filter((domain) => domain !== ""));
	const message = modelProto.create({
		irVersion,
		producerName: "maskwright",
		opsetImport: [
			{ domain: "", version: operatorSet },
			...[...domains].sort().map((domain) => ({ domain, version: 1 })),
		],
		metadataProps: Object.entries(model.metadata ?? {}).map(([key, value]) => ({ key, value })),
		graph: {
			name: model.name,
			node: model.nodes.map(nodeMessage),
			initializer: model.initializers.map(tensorMessage),
			input: model.inputs.map(valueMessage),
			output: model.outputs.map(valueMessage),
		},
	});
	return modelProto.encode(message).finish();
}

function nodeMessage(node: NodeDescription): Record<string, unknown> {
	return {
		input: node.inputs,
		output: node.outputs,
		name: node.name,
		opType: node.op,
		attribute: Object.entries(node.attributes ?? {}).map(([name, attribute]) => ({
			name,
			...attributeMessage(attribute),
		})),
		...(node.domain === undefined || node.domain === "" ? {} : { domain: node.domain }),
	};
}

function attributeMessage(attribute: AttributeDescription): Record<string, unknown> {
	if ("int" in attribute) return { i: attribute.int, type: attributeTypes.int };
	if ("float" in attribute) return { f: attribute.float, type: attributeTypes.float };
	if ("string" in attribute) return { s: new TextEncoder().encode(attribute.string), type: attributeTypes.string };
	if ("ints" in attribute) return { ints: attribute.ints, type: attributeTypes.ints };
	if ("floats" in attribute) return { floats: attribute.floats, type: attributeTypes.floats };
	return { t: tensorMessage(attribute.tensor), type: attributeTypes.tensor };
}

function tensorMessage({ name, dtype, shape, data }: TensorDescription): Record<string, unknown> {
	return {
		name,
		dims: shape,
		dataType: elementTypes[dtype].code,
		rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
	};
}

function valueMessage({ name, dtype, shape }: ValueDescription): Record<string, unknown> {
	const dim = shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
	return { name, type: { tensorType: { elemType: elementTypes[dtype].code, shape: { dim } } } };
}
