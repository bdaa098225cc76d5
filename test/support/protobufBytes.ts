/** Protobuf by hand, for messages that no encoder of ours would write. */

export function message(...fields: readonly Uint8Array[]): Uint8Array {
	return Uint8Array.from(fields.flatMap((field) => [...field]));
}

export function varintField(number: number, value: number): Uint8Array {
	return message(varint(number << 3), varint(value));
}

export function bytesField(number: number, value: Uint8Array): Uint8Array {
	return message(varint((number << 3) | 2), varint(value.length), value);
}

export function textField(number: number, value: string): Uint8Array {
	return bytesField(number, new TextEncoder().encode(value));
}

/** Base 128, low bits first; a negative number as its 64-bit two's complement. */
export function varint(value: number): Uint8Array {
	let rest = BigInt.asUintN(64, BigInt(value));
	const bytes: number[] = [];
	do {
		const low = Number(rest & 127n);
		rest >>= 7n;
		bytes.push(rest === 0n ? low : low | 128);
	} while (rest !== 0n);
	return Uint8Array.from(bytes);
}
