import type { Tensor } from "onnxruntime-node";

/** ES2024, newer than the language that this project is written in. */
interface Transferable {
	readonly transfer?: (byteLength: number) => ArrayBuffer;
}

/**
 * Gives back at once the memory of a CPU tensor that is a copy of `original`, of which nobody reads: left to the garbage
 * collector, the copies that a step of training returns make it run at every step. Does nothing to `original` itself, nor
 * where JavaScript cannot free a buffer.
 */
export function freeCopy(copy: Tensor, original: ArrayBufferView): void {
	const { data } = copy;
	if (!ArrayBuffer.isView(data) || data.buffer === original.buffer) return;
	(data.buffer as Transferable).transfer?.(0);
}

/** What a Node that trains is started with: Node 20 frees a buffer by a flag alone. */
export const freeingFlags: readonly string[] =
	!("transfer" in ArrayBuffer.prototype) && process.versions.node.startsWith("20.")
		? ["--harmony-rab-gsab-transfer"]
		: [];
