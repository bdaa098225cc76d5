import { wireFields } from "../onnx/wire.ts";

/** The names of a model's outputs, read from its bytes without decoding the weights (onnx.proto: ModelProto.graph.output.name). */
export function outputNames(model: Uint8Array): string[] {
	const names: string[] = [];
	for (const graph of messages(model, 7)) {
		for (const output of messages(graph, 12)) {
			for (const name of messages(output, 1)) names.push(new TextDecoder().decode(name));
		}
	}
	return names;
}

function* messages(message: Uint8Array, number: number): Generator<Uint8Array> {
	for (const field of wireFields(message)) {
		if (field.number === number && field.kind === "bytes") yield field.value;
	}
}
