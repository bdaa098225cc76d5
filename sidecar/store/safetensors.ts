import { MaskwrightError } from "../base/errors.ts";
import { parseStrictJson } from "./strictJson.ts";

/** A tensor in host memory. */
export interface HostTensor {
	readonly data: Float32Array | Int32Array | BigInt64Array;
	readonly shape: readonly number[];
}

/** What a safetensors file says about one tensor. */
export interface TensorEntry {
	readonly dtype: string;
	readonly shape: readonly number[];
	/** Bytes from the end of the header. */
	readonly start: number;
	readonly end: number;
}

/** Hugging Face's reader refuses a larger header. */
const largestHeader = 100_000_000;

/** Bytes of one element, for the types that are read. */
const sizes: Readonly<Record<string, number>> = { F32: 4, I32: 4, I64: 8, F16: 2, BF16: 2 };

/**
 * Encodes tensors in the safetensors format (https://github.com/huggingface/safetensors): a header of JSON padded
 * to 8 bytes, then the data, wider types first and by name, so that every tensor is aligned and the same tensors
 * give the same bytes. Returns pieces to be written one after another, so that nothing is copied.
 */
export function encodeSafetensors(
	tensors: ReadonlyMap<string, HostTensor>,
	metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
	const entries = [...tensors].sort(
		([a, x], [b, y]) => y.data.BYTES_PER_ELEMENT - x.data.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
	);
	const header: [string, unknown][] = [];
	if (Object.keys(metadata).length > 0) header.push(["__metadata__", metadata]);
	let offset = 0;
	for (const [name, tensor] of entries) {
		checkWritable(name, tensor);
		const end = offset + tensor.data.byteLength;
		header.push([name, { dtype: dtypeOf(tensor), shape: tensor.shape, data_offsets: [offset, end] }]);
		offset = end;
	}
	const text = `{${header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
	const json = Buffer.from(text);
	const padded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
	padded.writeBigUInt64LE(BigInt(padded.length - 8), 0);
	json.copy(padded, 8);
	return [padded, ...entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/**
 * Decodes a safetensors file; half-precision tensors widen to float32. Tensors share memory with `bytes` where
 * alignment allows. Throws `modelInvalid`, naming `file`, for anything but a file whose tensors cover its data
 * exactly once.
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Map<string, HostTensor> {
	const { entries, dataStart } = readSafetensorsHeader(bytes, { file, fileBytes: bytes.length });
	const tensors = new Map<string, HostTensor>();
	for (const [name, entry] of entries) {
		tensors.set(name, { data: elements(bytes, dataStart, entry), shape: entry.shape });
	}
	return tensors;
}

/**
 * Reads and checks the header alone: `bytes` holds at least the file's header, `fileBytes` is the file's whole
 * size. Throws `modelInvalid`.
 */
export function readSafetensorsHeader(
	bytes: Uint8Array,
	{ file, fileBytes }: { file: string; fileBytes: number },
): { entries: Map<string, TensorEntry>; dataStart: number } {
	const length = headerLength(bytes, { file, fileBytes });
	const refuse = refuser(file);
	if (bytes.length < 8 + length) refuse("it is shorter than its header");
	const entries = new Map<string, TensorEntry>();
	for (const [name, value] of Object.entries(parseHeader(bytes.subarray(8, 8 + length), file))) {
		if (name === "__metadata__") checkMetadata(value, file);
		else entries.set(name, parseEntry(name, value, file));
	}
	checkCoverage(entries, fileBytes - 8 - length, file);
	return { entries, dataStart: 8 + length };
}

/** The length of the header in bytes, told by the first eight bytes of the file. Throws `modelInvalid`. */
export function headerLength(bytes: Uint8Array, { file, fileBytes }: { file: string; fileBytes: number }): number {
	const refuse = refuser(file);
	if (bytes.length < 8) return refuse("it is shorter than eight bytes");
	const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
	if (length > BigInt(largestHeader)) return refuse(`its header claims ${length} bytes`);
	if (Number(length) + 8 > fileBytes) return refuse("it is shorter than its header");
	return Number(length);
}

function refuser(file: string): (why: string) => never {
	return (why) => {
		throw new MaskwrightError(
			"modelInvalid",
			`${file} is not a sound safetensors file: ${why}. Get or write the file again.`,
		);
	};
}

function parseHeader(bytes: Uint8Array, file: string): Record<string, unknown> {
	const refuse = refuser(file);
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return refuse("its header is not UTF-8");
	}
	if (!text.startsWith("{")) return refuse("its header is not a JSON object");
	try {
		return parseStrictJson(text, { depth: 3 }) as Record<string, unknown>;
	} catch (error) {
		return refuse(`its header is not plain JSON (${error instanceof Error ? error.message : error})`);
	}
}

function parseEntry(name: string, value: unknown, file: string): TensorEntry {
	const refuse = refuser(file);
	const label = JSON.stringify(name.slice(0, 100));
	if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse(`${label} is not an object`);
	const { dtype, shape, data_offsets: offsets, ...rest } = value as Record<string, unknown>;
	if (Object.keys(rest).length > 0)
		return refuse(`${label} has the unknown key ${JSON.stringify(Object.keys(rest)[0])}`);
	const size = typeof dtype === "string" && Object.hasOwn(sizes, dtype) ? sizes[dtype] : undefined;
	if (size === undefined) {
		return refuse(
			`${label} has the type ${JSON.stringify(dtype)}, of which only ${Object.keys(sizes).join(", ")} are read`,
		);
	}
	if (!isSizes(shape) || shape.length > 16) return refuse(`${label} has no valid shape`);
	if (!isSizes(offsets) || offsets.length !== 2) return refuse(`${label} has no valid data_offsets`);
	const [start, end] = offsets as [number, number];
	const count = shape.reduce((product, dimension) => product * dimension, 1);
	if (!Number.isSafeInteger(count) || count * size !== end - start) {
		return refuse(`${label} has ${end - start} bytes of data for the shape [${shape.join(", ")}] of ${dtype}`);
	}
	return { dtype: dtype as string, shape, start, end };
}

function isSizes(value: unknown): value is number[] {
	return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function checkMetadata(value: unknown, file: string): void {
	const plain = typeof value === "object" && value !== null && !Array.isArray(value);
	if (!plain || !Object.values(value).every((item) => typeof item === "string")) {
		refuser(file)("its __metadata__ is not an object of strings");
	}
}

/** Tensors must cover the data exactly: a hole can hide bytes, an overlap makes one tensor change another. */
function checkCoverage(entries: ReadonlyMap<string, TensorEntry>, dataBytes: number, file: string): void {
	const refuse = refuser(file);
	let covered = 0;
	for (const [name, { start, end }] of [...entries].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
		if (start < covered) refuse(`${JSON.stringify(name)} overlaps another tensor`);
		if (start > covered) refuse(`there is a hole before ${JSON.stringify(name)}`);
		covered = end;
	}
	if (covered > dataBytes) refuse("it is shorter than its header says");
	if (covered < dataBytes) refuse("it has bytes after its last tensor");
}

function elements(bytes: Uint8Array, dataStart: number, entry: TensorEntry): HostTensor["data"] {
	const { dtype, start, end } = entry;
	const count = (end - start) / (sizes[dtype] as number);
	const at = bytes.byteOffset + dataStart + start;
	const aligned = at % 8 === 0 || (at % 4 === 0 && dtype !== "I64");
	const slice = aligned ? undefined : bytes.slice(dataStart + start, dataStart + end);
	const [buffer, offset] = slice === undefined ? [bytes.buffer, at] : [slice.buffer, slice.byteOffset];
	if (dtype === "F32") return new Float32Array(buffer, offset, count);
	if (dtype === "I32") return new Int32Array(buffer, offset, count);
	if (dtype === "I64") return new BigInt64Array(buffer, offset, count);
	const halves = new Uint16Array(buffer, offset, count);
	return dtype === "BF16" ? fromBfloat16(halves) : Float32Array.from(halves, fromFloat16);
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
	const words = new Uint32Array(halves.length);
	for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
	return new Float32Array(words.buffer);
}

/** IEEE 754 binary16: one sign bit, five of exponent, ten of fraction. */
function fromFloat16(half: number): number {
	const sign = half & 0x8000 ? -1 : 1;
	const exponent = (half >> 10) & 0x1f;
	const fraction = half & 0x3ff;
	if (exponent === 0) return sign * 2 ** -24 * fraction;
	if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
	return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

function dtypeOf({ data }: HostTensor): string {
	if (data instanceof Float32Array) return "F32";
	return data instanceof Int32Array ? "I32" : "I64";
}

function checkWritable(name: string, { data, shape }: HostTensor): void {
	const count = shape.reduce((product, dimension) => product * dimension, 1);
	if (count !== data.length || name === "__metadata__" || name === "__proto__") {
		throw new MaskwrightError(
			"internal",
			`This is a bug in Maskwright: the tensor ${name} of shape [${shape.join(", ")}] with ${data.length} elements cannot be saved.`,
		);
	}
}
