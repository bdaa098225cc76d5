/** Safetensors files by hand, sound or not. */

/** A file with any header and any data; `claimed` is the length that it tells of its header. */
export function safetensorsFile(
	header: string | Uint8Array,
	data: Uint8Array = new Uint8Array(0),
	claimed?: bigint,
): Uint8Array<ArrayBuffer> {
	const json = Buffer.from(header);
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(claimed ?? BigInt(json.length));
	return new Uint8Array(Buffer.concat([length, json, data]));
}

/** What a header says of one tensor. */
export function headerEntry(offsets: string, shape = "[1]", dtype = "F32"): string {
	return `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
}

/** A file of tensors given by type, shape and bytes, in order. */
export function safetensorsOf(
	tensors: Record<string, [dtype: string, shape: number[], data: ArrayBufferView<ArrayBuffer>]>,
): Uint8Array<ArrayBuffer> {
	const pieces: Uint8Array[] = [];
	let offset = 0;
	const header = Object.entries(tensors).map(([name, [dtype, shape, { buffer, byteOffset, byteLength }]]) => {
		pieces.push(new Uint8Array(buffer, byteOffset, byteLength));
		const start = offset;
		offset += byteLength;
		return `${JSON.stringify(name)}:${headerEntry(`[${start},${offset}]`, JSON.stringify(shape), dtype)}`;
	});
	return safetensorsFile(`{${header.join(",")}}`, Buffer.concat(pieces));
}
