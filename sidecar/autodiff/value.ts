import type { AttributesOf, OpName } from "./signatures.ts";

export type DType = "float32" | "int32" | "bool";

/** A static shape (row-major, no unknown sizes) and an element type. */
export interface TensorType {
	readonly shape: readonly number[];
	readonly dtype: DType;
}

/** A tensor of the graph: an input, a constant or the output of a node. */
export interface Value extends TensorType {
	readonly graph: Builder;
	readonly name: string;
}

export type ConstantData = Float32Array | Int32Array | readonly number[];

/** One operator applied; nodes stand in topological order. The name carries the scope path. */
export interface GraphNode {
	readonly name: string;
	readonly op: OpName;
	readonly inputs: readonly Value[];
	readonly outputs: readonly Value[];
	readonly attributes: AttributesOf<OpName>;
}

/** What a gradient rule gets from the walker besides what it closed over. */
export interface BackwardState {
	/** One gradient per output; absent where no path leads from the output to the loss. */
	readonly outputGradients: readonly (Value | undefined)[];
	/** The gradient of the input that other consumers have already added up. */
	readonly accumulated: Value | undefined;
}

/**
 * The gradient for one input: "zero" (no gradient, said aloud), an increment, or
 * (`accumulate`) the whole sum, with what was accumulated already folded in.
 */
export type BackwardRule =
	| "zero"
	| { readonly kind: "increment" | "accumulate"; readonly compute: (state: BackwardState) => Value };

/** One step of the tape that `gradients` walks in reverse: an operator or a composite. */
export interface TapeEntry {
	readonly name: string;
	readonly scope: string;
	readonly inputs: readonly Value[];
	readonly outputs: readonly Value[];
	/** One per input, in the order of `inputs`. */
	readonly rules: readonly BackwardRule[];
}

/** What functions over values may ask of the graph; `Graph` is the one implementation. */
export interface Builder {
	readonly inputs: ReadonlyMap<string, Value>;
	readonly constants: ReadonlyMap<Value, Float32Array | Int32Array>;
	readonly nodes: readonly GraphNode[];
	readonly tape: readonly TapeEntry[];
	input(name: string, shape: readonly number[], dtype?: DType): Value;
	constant(data: ConstantData, shape: readonly number[], dtype?: DType): Value;
	scope<T>(name: string, body: () => T): T;
	apply<Op extends OpName>(op: Op, inputs: readonly Value[], attributes: AttributesOf<Op>): Value[];
	/** Runs `body` with its nodes kept off the tape; the caller records one entry for all of them. */
	isolate<T>(name: string, body: () => T): T;
	record(entry: Omit<TapeEntry, "scope">): void;
}
