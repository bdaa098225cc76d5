/**
 * Two ways to keep tensors in fewer bytes within the safetensors format. A weight matrix NAME is I8 [rows, columns] with
 * `NAME.scale` F32 [rows] beside it. Whole numbers NAME, such as the tables of n-gram counts, are `NAME.deltas` U8: the
 * differences of neighbours, in LEB128 as DWARF 5 (section 7.6) describes it, signs folded into the lowest bit.
 */
import { invariant } from "../base/errors.ts";
import { fitsInt8, fromInt8Rows, toInt8Rows } from "../base/int8Rows.ts";
import type { FileTensor, HostTensor } from "./safetensors.ts";
import { refuser, type TensorEntry } from "./safetensorsHeader.ts";

/** Weights with matrices in 8 bits; what is small or no matrix stays as it is. */
export function compactWeights(tensors: ReadonlyMap<string, HostTensor>): Map<string, FileTensor> {
	const compact = new Map<string, FileTensor>();
	for (const [name, tensor] of tensors) {
		const { data, shape } = tensor;
		if (!(data instanceof Float32Array) || !fitsInt8(shape)) {
			compact.set(name, tensor);
			continue;
		}
		invariant(data.every(Number.isFinite), `the weights ${name} are not finite and were to be kept in 8 bits.`);
		invariant(!tensors.has(name + scaleEnding), `${name + scaleEnding} is a tensor of its own and no scale.`);
		const { values, scales } = toInt8Rows(data, shape[0]!);
		compact.set(name, { data: values, shape });
		compact.set(name + scaleEnding, { data: scales, shape: [scales.length] });
	}
	return compact;
}

/** The weights of a file, in float32. Throws `modelInvalid`, naming `file`, for 8-bit tensors that are not as above. */
export function expandWeights(compact: ReadonlyMap<string, FileTensor>, file: string): Map<string, HostTensor> {
	const tensors = new Map<string, HostTensor>();
	for (const [name, tensor] of compact) {
		const { data, shape } = tensor;
		const refuse = (why: string): never => refuser(file)(`${JSON.stringify(name.slice(0, 100))} ${why}`);
		if (data instanceof Uint8Array) return refuse("has the type U8, which no weights have");
		if (!(data instanceof Int8Array)) {
			if (!(compact.get(matrixOf(name) ?? "")?.data instanceof Int8Array)) tensors.set(name, { data, shape });
			continue;
		}
		if (shape.length !== 2) return refuse("has the type I8, which only matrices have");
		if (data.includes(-128)) return refuse("holds -128, which no symmetric 8-bit weights have");
		const scale = compact.get(name + scaleEnding);
		if (scale === undefined) return refuse(`has the type I8 and no ${scaleEnding} beside it`);
		const { data: scales } = scale;
		if (!(scales instanceof Float32Array) || scale.shape.length !== 1 || scales.length !== shape[0]) {
			return refuse(`has a scale that is not F32 [${shape[0]}]`);
		}
		if (!scales.every((value) => value >= 0 && Number.isFinite(Math.fround(127 * value)))) {
			return refuse("has a scale below zero or without bound");
		}
		tensors.set(name, { data: fromInt8Rows({ values: data, scales }), shape });
	}
	return tensors;
}

/** The same tensors with those of one axis of int32 as differences. */
export function compactNumbers(tensors: ReadonlyMap<string, HostTensor>): Map<string, FileTensor> {
	const compact = new Map<string, FileTensor>();
	for (const [name, tensor] of tensors) {
		if (tensor.data instanceof Int32Array && tensor.shape.length === 1) {
			const bytes = encodeDeltas(tensor.data);
			compact.set(name + deltasEnding, { data: bytes, shape: [bytes.length] });
		} else compact.set(name, tensor);
	}
	return compact;
}

/** The tensors of such a file. Throws `modelInvalid`, naming `file`, for bytes that are not as above. */
export function expandNumbers(compact: ReadonlyMap<string, FileTensor>, file: string): Map<string, HostTensor> {
	const tensors = new Map<string, HostTensor>();
	for (const [name, { data, shape }] of compact) {
		const refuse = (why: string): never => refuser(file)(`${JSON.stringify(name.slice(0, 100))} ${why}`);
		if (data instanceof Int8Array) return refuse("has the type I8, which has no place here");
		if (!(data instanceof Uint8Array)) {
			tensors.set(name, { data, shape });
			continue;
		}
		if (!name.endsWith(deltasEnding)) return refuse(`has the type U8 and not the ending ${deltasEnding}`);
		const whole = name.slice(0, -deltasEnding.length);
		if (compact.has(whole)) return refuse("says again what another tensor says");
		const numbers = decodeDeltas(data) ?? refuse("is no list of differences");
		tensors.set(whole, { data: numbers, shape: [numbers.length] });
	}
	return tensors;
}

/** How many weights the header of a file tells of; scales are none. */
export function countElements(entries: ReadonlyMap<string, TensorEntry>): number {
	const counted = [...entries].filter(([name]) => entries.get(matrixOf(name) ?? "")?.dtype !== "I8");
	return counted.reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

const scaleEnding = ".scale";

/** The name of the matrix that a tensor so named would be the scale of. */
function matrixOf(name: string): string | undefined {
	return name.endsWith(scaleEnding) ? name.slice(0, -scaleEnding.length) : undefined;
}

const deltasEnding = ".deltas";

function encodeDeltas(numbers: Int32Array): Uint8Array {
	const bytes = new Uint8Array(5 * numbers.length); // 32 bits, seven in a byte
	let length = 0;
	let previous = 0;
	for (const number of numbers) {
		const difference = (number - previous) | 0; // wraps, and wraps back
		previous = number;
		let rest = ((difference << 1) ^ (difference >> 31)) >>> 0;
		for (; rest > 0x7f; rest >>>= 7) bytes[length++] = (rest & 0x7f) | 0x80;
		bytes[length++] = rest;
	}
	return bytes.slice(0, length);
}

/** The numbers, or undefined when the last one is cut or one takes more than 32 bits. */
function decodeDeltas(bytes: Uint8Array): Int32Array | undefined {
	let count = 0;
	for (let from = 0; from < bytes.length; from++) if (bytes[from]! < 0x80) count++;
	const numbers = new Int32Array(count);
	let number = 0;
	let shift = 0;
	let folded = 0;
	let at = 0;
	for (let from = 0; from < bytes.length; from++) {
		const byte = bytes[from]!;
		if (shift === 28 && byte > 0x0f) return undefined;
		folded |= (byte & 0x7f) << shift;
		shift += 7;
		if (byte > 0x7f) continue;
		number = (number + ((folded >>> 1) ^ -(folded & 1))) | 0;
		numbers[at++] = number;
		folded = 0;
		shift = 0;
	}
	return shift === 0 ? numbers : undefined;
}
