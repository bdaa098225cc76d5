import protobuf from "protobufjs/minimal.js";

/** One field of a protobuf message as it stands in the bytes: a number, or bytes for what has a length. */
export type WireField =
	| { readonly number: number; readonly kind: "varint"; readonly value: number }
	| { readonly number: number; readonly kind: "bytes"; readonly value: Uint8Array }
	| { readonly number: number; readonly kind: "fixed" };

/**
 * Every field of a message in the order of its bytes, repeated ones included.
 * A decoder may keep only the last of several; a parser elsewhere may merge them.
 * A varint is read as a number: exact below 2^53. Throws RangeError or Error on broken bytes.
 */
export function* wireFields(message: Uint8Array): Generator<WireField> {
	const reader = protobuf.Reader.create(message);
	while (reader.pos < reader.len) {
		const tag = reader.uint32();
		const number = tag >>> 3;
		const wireType = tag & 7;
		if (wireType === 0) yield { number, kind: "varint", value: Number(String(reader.int64())) };
		else if (wireType === 2) {
			const length = reader.uint32();
			if (length > reader.len - reader.pos) throw new RangeError("a field is longer than its message");
			yield { number, kind: "bytes", value: message.subarray(reader.pos, reader.pos + length) };
			reader.skip(length);
		} else if (wireType === 1 || wireType === 5) {
			reader.skip(wireType === 1 ? 8 : 4);
			yield { number, kind: "fixed" };
		} else throw new RangeError(`wire type ${wireType} is not used by ONNX`);
	}
}

/** The numbers of a repeated varint field, packed or not. */
export function varints(field: WireField): number[] {
	if (field.kind === "varint") return [field.value];
	if (field.kind === "fixed") return [];
	const reader = protobuf.Reader.create(field.value);
	const values: number[] = [];
	while (reader.pos < reader.len) values.push(Number(String(reader.int64())));
	return values;
}
