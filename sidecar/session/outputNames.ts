import protobuf from "protobufjs/minimal.js";

/** The names of a model's outputs, read from its bytes without decoding the weights (onnx.proto: ModelProto.graph.output.name). */
export function outputNames(model: Uint8Array): string[] {
	const names: string[] = [];
	for (const graph of fields(model, 7)) {
		for (const output of fields(graph, 12)) {
			for (const name of fields(output, 1)) names.push(new TextDecoder().decode(name));
		}
	}
	return names;
}

/** The length-delimited fields of that number in a protobuf message. */
function* fields(message: Uint8Array, number: number): Generator<Uint8Array> {
	const reader = protobuf.Reader.create(message);
	while (reader.pos < reader.len) {
		const tag = reader.uint32();
		if (tag >>> 3 !== number || (tag & 7) !== 2) {
			reader.skipType(tag & 7);
			continue;
		}
		const length = reader.uint32();
		yield message.subarray(reader.pos, reader.pos + length);
		reader.skip(length);
	}
}
