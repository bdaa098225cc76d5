import { MaskwrightError } from "../base/errors.ts";
import { parseStrictJson } from "./strictJson.ts";

/** What a safetensors file says about one tensor. */
export interface TensorEntry {
	readonly dtype: string;
	readonly shape: readonly number[];
	/** Bytes from the end of the header. */
	readonly start: number;
	readonly end: number;
}

/** Hugging Face's reader takes 100 MB; the headers of encoders have some 100 bytes for each of at most 2,000 tensors. */
const largestHeader = 1 << 20;
const mostDimensions = 16;

/** Bytes of one element of each type of the format that has whole bytes. */
const elementBytes: Readonly<Record<string, number>> = {
	...{ F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2 },
	...{ I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1 },
};

/**
 * Reads and checks the header alone: `bytes` holds at least the file's header, `fileBytes` is the file's whole
 * size. Throws `modelInvalid`, naming `file`, for anything but a header whose tensors cover the data exactly once.
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

/** Throws `modelInvalid` about a safetensors file. */
export function refuser(file: string): (why: string) => never {
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
	const label = shortened(name);
	if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse(`${label} is not an object`);
	const { dtype, shape, data_offsets: offsets, ...rest } = value as Record<string, unknown>;
	const [unknownKey] = Object.keys(rest);
	if (unknownKey !== undefined) return refuse(`${label} has the unknown key ${shortened(unknownKey)}`);
	const size = typeof dtype === "string" && Object.hasOwn(elementBytes, dtype) ? elementBytes[dtype] : undefined;
	if (size === undefined) return refuse(`${label} has the unknown type ${shortened(String(dtype))}`);
	if (!isSizes(shape) || shape.length > mostDimensions) return refuse(`${label} has no valid shape`);
	if (!isSizes(offsets) || offsets.length !== 2) return refuse(`${label} has no valid data_offsets`);
	const [start, end] = offsets as [number, number];
	const count = shape.reduce((product, dimension) => product * dimension, 1);
	if (!Number.isSafeInteger(count) || count * size !== end - start)
		return refuse(`${label} has ${end - start} bytes of data for the shape [${shape.join(", ")}] of ${dtype}`);
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
		if (start < covered) refuse(`${shortened(name)} overlaps another tensor`);
		if (start > covered) refuse(`there is a hole before ${shortened(name)}`);
		covered = end;
	}
	if (covered > dataBytes) refuse("it is shorter than its header says");
	if (covered < dataBytes) refuse("it has bytes after its last tensor");
}

/** A name of the file as it can stand in a sentence. */
function shortened(name: string): string {
	return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
