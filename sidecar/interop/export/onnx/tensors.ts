/** Parts of the constants of a graph. */
import { invariant } from "../../../base/errors.ts";
import type { TensorDescription } from "../../../onnx/model.ts";

/** The elements of a tensor in the box that begins at `from` and has `shape`. */
export function cut(
	tensor: TensorDescription,
	{ from, shape }: { readonly from: readonly number[]; readonly shape: readonly number[] },
): TensorDescription {
	const source = elementsOf(tensor);
	const data = source.slice(
		0,
		shape.reduce((product, size) => product * size, 1),
	);
	const [wide, narrow] = [strides(tensor.shape), strides(shape)];
	for (let at = 0; at < data.length; at++) {
		let place = 0;
		for (let axis = 0, rest = at; axis < shape.length; axis++) {
			place += (from[axis]! + Math.floor(rest / narrow[axis]!)) * wide[axis]!;
			rest %= narrow[axis]!;
		}
		data[at] = source[place]!;
	}
	return { ...tensor, shape, data };
}

/** Whether two pieces of memory hold the same bytes. */
export function sameBytes(one: ArrayBufferView, two: ArrayBufferView): boolean {
	return Buffer.compare(bytesOf(one), bytesOf(two)) === 0;
}

/** How many elements lie between neighbours along each axis. */
function strides(shape: readonly number[]): number[] {
	return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

function elementsOf({ dtype, data, name }: TensorDescription): Float32Array | Int32Array | Uint8Array {
	const bytes = bytesOf(data).slice();
	if (dtype === "float32") return new Float32Array(bytes.buffer);
	if (dtype === "int32") return new Int32Array(bytes.buffer);
	invariant(dtype === "bool", `a graph holds the constant ${name} of type ${dtype}.`);
	return bytes;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array<ArrayBuffer> {
	return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
