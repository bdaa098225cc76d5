import type { Tensor as EngineValue } from "onnxruntime-node";
import { MaskwrightError } from "../base/errors.ts";
import { engine } from "./engine.ts";

export type DType = "float32" | "int32" | "bool";

/** The array that holds a tensor's elements: float32, int32 or, for bool, one byte per element. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

/**
 * A handle on the elements of a tensor, on the CPU or in a device's memory.
 * Each use that would crash the process or silently give zeros throws
 * `tensorMisuse` instead.
 */
export interface Tensor {
	readonly dtype: DType;
	readonly shape: readonly number[];
	readonly location: "cpu" | "device";
	/** The elements in row-major order; throws `tensorMisuse` unless the tensor is live and on the CPU. */
	readonly data: TensorData;
	/** Gives the memory back; a second call does nothing. Throws `tensorMisuse` while a run uses the tensor. */
	dispose(): void;
}

/** A tensor on the CPU over `data` (not copied), row-major; throws `tensorMisuse` when the length does not fit `shape`. */
export function tensor(data: TensorData, shape: readonly number[]): Tensor {
	const size = shape.reduce((product, length) => product * length, 1);
	if (size !== data.length) {
		throw new MaskwrightError(
			"tensorMisuse",
			`${data.length} elements cannot fill a tensor of shape [${shape}], which has ${size}. Pass data of that length.`,
		);
	}
	return new HeldTensor(new (engine().Tensor)(dtypeOf(data), data, shape), undefined);
}

/** The elements of a float32 tensor on the CPU; throws `tensorMisuse` for any other. */
export function floats(tensor: Tensor): Float32Array {
	const { data } = tensor;
	if (data instanceof Float32Array) return data;
	throw new MaskwrightError("tensorMisuse", `A float32 tensor was expected where one of ${tensor.dtype} was given.`);
}

/** Where the memory of a device tensor lives: its session, through which alone it can be given back. */
export interface TensorOwner {
	readonly executionProvider: string;
	forget(tensor: HeldTensor): void;
}

/** The one implementation of `Tensor`; only this room looks inside. */
export class HeldTensor implements Tensor {
	readonly dtype: DType;
	readonly shape: readonly number[];
	readonly location: "cpu" | "device";
	readonly owner: TensorOwner | undefined;
	#value: EngineValue;
	#state: "live" | "disposed" | "orphaned" = "live";
	#uses = 0;

	constructor(value: EngineValue, owner: TensorOwner | undefined) {
		this.dtype = dtypeNamed(value.type);
		this.shape = [...value.dims];
		this.location = value.location === "gpu-buffer" ? "device" : "cpu";
		this.owner = owner;
		this.#value = value;
	}

	get data(): TensorData {
		this.requireLive("read");
		if (this.location === "device") {
			throw new MaskwrightError(
				"tensorMisuse",
				`The elements of this tensor of shape [${this.shape}] are in the memory of ${this.owner?.executionProvider}, where they cannot be read in place. Await download(tensor) and read the copy.`,
			);
		}
		const { data } = this.#value;
		if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return data;
		throw new MaskwrightError("internal", `A ${this.dtype} tensor holds data of another type.`);
	}

	dispose(): void {
		if (this.#state !== "live") return;
		if (this.#uses > 0) {
			throw new MaskwrightError(
				"tensorMisuse",
				`A tensor of shape [${this.shape}] was disposed of while a run still uses it. Await the run first.`,
			);
		}
		this.#end("disposed");
		this.owner?.forget(this);
	}

	/** Gives a device tensor's memory back because its session is about to be released. */
	orphan(): void {
		if (this.#state === "live") this.#end("orphaned");
	}

	/** The engine's own value for the duration of one run, which must end with `giveBack`. */
	lend(): EngineValue {
		this.requireLive("used");
		this.#uses++;
		return this.#value;
	}

	giveBack(): void {
		this.#uses--;
	}

	/** Throws `tensorMisuse` when the tensor's memory is gone. */
	requireLive(verb: "read" | "used"): void {
		if (this.#state === "live") return;
		const why =
			this.#state === "disposed"
				? "it was disposed of. Dispose of a tensor only after its last use."
				: "the session that made it was released, and its memory with it. Download it, or pass it through a run of another session, before the release.";
		throw new MaskwrightError("tensorMisuse", `A tensor of shape [${this.shape}] cannot be ${verb}: ${why}`);
	}

	#end(state: "disposed" | "orphaned"): void {
		this.#state = state;
		this.#value.dispose();
	}
}

/** The held tensor behind a handle; throws `tensorMisuse` for an object that is not one. */
export function held(tensor: Tensor | undefined, name: string): HeldTensor {
	if (tensor instanceof HeldTensor) return tensor;
	throw new MaskwrightError(
		"tensorMisuse",
		tensor === undefined
			? `The input "${name}" was not fed. Feed a tensor for every input of the model.`
			: `What was fed as "${name}" is not a tensor. Make one with tensor(data, shape).`,
	);
}

/** Our name of an element type of onnxruntime; throws `modelInvalid` for one that we do not use. */
export function dtypeNamed(type: string): DType {
	if (type === "float32" || type === "int32" || type === "bool") return type;
	throw new MaskwrightError(
		"modelInvalid",
		`The model has an input or output of type ${type}, but only float32, int32 and bool are supported.`,
	);
}

function dtypeOf(data: TensorData): DType {
	if (data instanceof Float32Array) return "float32";
	return data instanceof Int32Array ? "int32" : "bool";
}
