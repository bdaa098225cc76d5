import { MaskwrightError } from "../base/errors.ts";
import type { RegularFile } from "./regularFile.ts";
import { headerLength, readSafetensorsHeader, refuser, type TensorEntry } from "./safetensorsHeader.ts";

/** A tensor in host memory. */
export interface HostTensor {
	readonly data: Float32Array | Int32Array | BigInt64Array;
	readonly shape: readonly number[];
}

/** A tensor as a file may hold it: of bytes too, which `compactTensors` reads as numbers. */
export interface FileTensor {
	readonly data: HostTensor["data"] | Int8Array | Uint8Array;
	readonly shape: readonly number[];
}

/**
 * Encodes tensors in the safetensors format (https://github.com/huggingface/safetensors): a header of JSON padded
 * to 8 bytes, then the data, wider types first and by name, so that every tensor is aligned and the same tensors
 * give the same bytes. Returns pieces to be written one after another, so that nothing is copied.
 */
export function encodeSafetensors(
	tensors: ReadonlyMap<string, FileTensor>,
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

/** Where the bytes of a safetensors file are taken from. */
interface Source {
	readonly file: string;
	readonly size: number;
	/** The bytes of a range, at an offset that fits elements of eight bytes. */
	range(start: number, end: number): Uint8Array<ArrayBuffer>;
}

/**
 * Decodes a safetensors file in memory; floating-point types become float32. Tensors share memory with `bytes` where
 * alignment allows. Throws `modelInvalid`, naming `file`, for anything but a file whose tensors cover its data
 * exactly once.
 */
export function decodeSafetensors(bytes: Uint8Array<ArrayBuffer>, file: string): Map<string, HostTensor> {
	return decode(
		{
			file,
			size: bytes.length,
			range: (start, end) =>
				(bytes.byteOffset + start) % 8 === 0 ? bytes.subarray(start, end) : bytes.slice(start, end),
		},
		{ views },
	);
}

/**
 * Reads a safetensors file tensor by tensor, so that memory holds the float32 weights once and beside them no more than
 * the bytes of one tensor. `wanted` may leave tensors out. Throws `modelInvalid`.
 */
export function readSafetensors(
	file: RegularFile,
	wanted: (entry: TensorEntry, name: string) => boolean = () => true,
): Map<string, HostTensor> {
	return decode(sourceOf(file), { views, wanted });
}

/** The same for files whose tensors may be of bytes, I8 and U8. */
export function readFileTensors(file: RegularFile): Map<string, FileTensor> {
	return decode<FileTensor["data"]>(sourceOf(file), { views: { ...views, ...byteViews } });
}

/** What the header of a file says, without reading its data. Throws `modelInvalid`. */
export function readSafetensorsEntries(file: RegularFile): Map<string, TensorEntry> {
	return headerOf(sourceOf(file)).entries;
}

function sourceOf({ path, size, read }: RegularFile): Source {
	return {
		file: path,
		size,
		range(start, end) {
			const bytes = new Uint8Array(end - start);
			read(bytes, start);
			return bytes;
		},
	};
}

function decode<Data>(
	source: Source,
	{ views, wanted = () => true }: { views: Views<Data>; wanted?: (entry: TensorEntry, name: string) => boolean },
): Map<string, { data: Data; shape: readonly number[] }> {
	const { entries, dataStart } = headerOf(source);
	const tensors = new Map<string, { data: Data; shape: readonly number[] }>();
	for (const [name, entry] of entries) {
		if (!wanted(entry, name)) continue;
		const { dtype, shape, start, end } = entry;
		const view = Object.hasOwn(views, dtype) ? views[dtype] : undefined;
		if (view === undefined)
			return refuser(source.file)(
				`${JSON.stringify(name)} has the type ${dtype}, of which only ${Object.keys(views).join(", ")} are read`,
			);
		tensors.set(name, { data: view(source.range(dataStart + start, dataStart + end)), shape });
	}
	return tensors;
}

function headerOf({ file, size, range }: Source): ReturnType<typeof readSafetensorsHeader> {
	const length = headerLength(range(0, Math.min(8, size)), { file, fileBytes: size });
	return readSafetensorsHeader(range(0, 8 + length), { file, fileBytes: size });
}

/** The elements in the bytes of a tensor, by the type that the header names. */
type Views<Data> = Readonly<Record<string, (bytes: Uint8Array<ArrayBuffer>) => Data>>;

const byteViews: Views<Int8Array | Uint8Array> = {
	I8: (bytes) => new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
	U8: (bytes) => bytes,
};

const views: Views<HostTensor["data"]> = {
	F32: (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
	I32: (bytes) => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
	I64: (bytes) => new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8),
	F16: (bytes) => fromFloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)),
	BF16: (bytes) => fromBfloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)),
	F64: (bytes) => new Float32Array(new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)),
};

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
	const words = new Uint32Array(halves.length);
	for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
	return new Float32Array(words.buffer);
}

/** IEEE 754 binary16: one sign bit, five of exponent, ten of fraction. Each of the 65,536 is worked out once. */
function fromFloat16(halves: Uint16Array): Float32Array {
	float16Values ??= Float32Array.from({ length: 1 << 16 }, (_, half) => float16Value(half));
	const values = new Float32Array(halves.length);
	for (let i = 0; i < halves.length; i++) values[i] = float16Values[halves[i]!]!;
	return values;
}

let float16Values: Float32Array | undefined;

function float16Value(half: number): number {
	const sign = half & 0x8000 ? -1 : 1;
	const exponent = (half >> 10) & 0x1f;
	const fraction = half & 0x3ff;
	if (exponent === 0) return sign * 2 ** -24 * fraction;
	if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
	return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

function dtypeOf({ data }: FileTensor): string {
	if (data instanceof Float32Array) return "F32";
	if (data instanceof Int32Array) return "I32";
	if (data instanceof Int8Array) return "I8";
	return data instanceof Uint8Array ? "U8" : "I64";
}

function checkWritable(name: string, { data, shape }: FileTensor): void {
	const count = shape.reduce((product, dimension) => product * dimension, 1);
	if (count !== data.length || name === "__metadata__" || name === "__proto__") {
		throw new MaskwrightError(
			"internal",
			`This is a bug in Maskwright: the tensor ${name} of shape [${shape.join(", ")}] with ${data.length} elements cannot be saved.`,
		);
	}
}
