import { formatShape, normalizeAxis, sameShape } from "./shapes.ts";
import type { AttributesOf, OpName } from "./signatures.ts";
import type { Value } from "./value.ts";

/** A value, or a number that becomes a constant of the other operand's dtype. */
export type Operand = Value | number;

// Elementwise. Two operands broadcast by NumPy's rules.

export const neg = (x: Value): Value => one("Neg", [x], {});
export const abs = (x: Value): Value => one("Abs", [x], {});
export const sqrt = (x: Value): Value => one("Sqrt", [x], {});
export const reciprocal = (x: Value): Value => one("Reciprocal", [x], {});
export const exp = (x: Value): Value => one("Exp", [x], {});
export const log = (x: Value): Value => one("Log", [x], {});
export const erf = (x: Value): Value => one("Erf", [x], {});
export const tanh = (x: Value): Value => one("Tanh", [x], {});
export const sigmoid = (x: Value): Value => one("Sigmoid", [x], {});
export const relu = (x: Value): Value => one("Relu", [x], {});
export const identity = (x: Value): Value => one("Identity", [x], {});

/** x Φ(x) ("none"), or its tanh approximation (Hendrycks & Gimpel 2016, section 2). */
export const gelu = (x: Value, approximate: "none" | "tanh" = "none"): Value => one("Gelu", [x], { approximate });

export const square = (x: Value): Value => mul(x, x);

export const add = (a: Operand, b: Operand): Value => one("Add", pair(a, b), {});
export const sub = (a: Operand, b: Operand): Value => one("Sub", pair(a, b), {});
export const mul = (a: Operand, b: Operand): Value => one("Mul", pair(a, b), {});
export const div = (a: Operand, b: Operand): Value => one("Div", pair(a, b), {});
/** The larger; where both are equal, the gradient goes to `a`. */
export const max = (a: Operand, b: Operand): Value => one("Max", pair(a, b), {});
/** The smaller; where both are equal, the gradient goes to `a`. */
export const min = (a: Operand, b: Operand): Value => one("Min", pair(a, b), {});

export const equal = (a: Operand, b: Operand): Value => one("Equal", pair(a, b), {});
export const greater = (a: Operand, b: Operand): Value => one("Greater", pair(a, b), {});
export const not = (x: Value): Value => one("Not", [x], {});

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: Value, a: Operand, b: Operand): Value {
	const [left, right] =
		typeof a === "number" && typeof b === "number"
			? [scalar(condition, a, "float32"), scalar(condition, b, "float32")]
			: pair(a, b);
	return one("Where", [condition, left, right], {});
}

/**
 * To a number type, from float32 to int32 towards zero; the same value when it already has it. No gradient passes.
 */
export const cast = (x: Value, to: "float32" | "int32"): Value => (x.dtype === to ? x : one("Cast", [x], { to }));

// Linear algebra.

/** Matrix product over the last two axes; the axes before them broadcast. */
export const matMul = (a: Value, b: Value): Value => one("MatMul", [a, b], {});

/** A B + c of matrices, with A and B transposed on request and c broadcast to the result. */
export function gemm(
	a: Value,
	b: Value,
	c?: Value,
	{ transA = false, transB = false }: { transA?: boolean; transB?: boolean } = {},
): Value {
	return one("Gemm", c === undefined ? [a, b] : [a, b, c], { transA, transB });
}

/** x Wᵀ + b: x [rows, in], weight [out, in] as Hugging Face stores it, bias [out]; gives [rows, out]. */
export const linear = (x: Value, weight: Value, bias?: Value): Value => gemm(x, weight, bias, { transB: true });

// Reductions and normalization. `axes` is all axes by default; negative axes count from the last.

export const reduceSum = (x: Value, axes?: readonly number[], keepDims = false): Value =>
	one("ReduceSum", [x], { axes: axesOf(x, axes), keepDims });
export const reduceMean = (x: Value, axes?: readonly number[], keepDims = false): Value =>
	one("ReduceMean", [x], { axes: axesOf(x, axes), keepDims });
/** The largest along the axes; the gradient is shared equally where several are largest. */
export const reduceMax = (x: Value, axes?: readonly number[], keepDims = false): Value =>
	one("ReduceMax", [x], { axes: axesOf(x, axes), keepDims });

export const softmax = (x: Value, axis = -1): Value =>
	one("Softmax", [x], { axis: normalizeAxis(axis, x.shape.length) });

/** (x - mean) / √(variance + ε) · weight + bias over the last axis (Ba et al. 2016). */
export const layerNormalization = (x: Value, weight: Value, bias: Value | undefined, epsilon: number): Value =>
	one("LayerNormalization", bias === undefined ? [x, weight] : [x, weight, bias], { epsilon });

// Indexing.

/** Rows of a table by int32 ids: rows [n, ...rest], ids [...batch]; gives [...batch, ...rest]. */
export const gather = (rows: Value, ids: Value): Value => one("Gather", [rows, ids], {});

/** x[..., indices, ...] along `axis`; `indices` has the rank of x and the shape of the result. */
export const gatherElements = (x: Value, indices: Value, axis = -1): Value =>
	one("GatherElements", [x, indices], { axis: normalizeAxis(axis, x.shape.length) });

/** x with `updates` added at `indices` along `axis`; repeated indices add up. */
export const scatterElementsAdd = (x: Value, indices: Value, updates: Value, axis = -1): Value =>
	one("ScatterElements", [x, indices, updates], { axis: normalizeAxis(axis, x.shape.length) });

// Shape.

/** The same elements in another shape; one size may be -1. */
export function reshape(x: Value, shape: readonly number[]): Value {
	const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
	const total = x.shape.reduce((product, size) => product * size, 1);
	const full = shape.map((size) => (size === -1 ? total / known : size));
	return sameShape(full, x.shape) ? x : one("Reshape", [x], { shape: full });
}

/** Axes in another order; by default the last two are swapped. */
export function transpose(x: Value, perm?: readonly number[]): Value {
	const rank = x.shape.length;
	const swapped = x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
	return one("Transpose", [x], { perm: perm ?? swapped });
}

export const expand = (x: Value, shape: readonly number[]): Value =>
	sameShape(x.shape, shape) ? x : one("Expand", [x], { shape });

/** At most six inputs bind to one kernel, so a longer list is joined in groups of six. */
export function concat(parts: readonly Value[], axis: number): Value {
	let pending = [...parts];
	while (pending.length > 1) {
		const joined: Value[] = [];
		for (let start = 0; start < pending.length; start += 6) {
			const group = pending.slice(start, start + 6);
			joined.push(
				group.length === 1 ? group[0]! : one("Concat", group, { axis: normalizeAxis(axis, group[0]!.shape.length) }),
			);
		}
		pending = joined;
	}
	return pending[0]!;
}

/** At most six parts (a limit of WebGPU adapters): equal ones by count, or of the sizes given. */
export function split(x: Value, parts: number | readonly number[], axis: number): Value[] {
	const along = normalizeAxis(axis, x.shape.length);
	const sizes = typeof parts === "number" ? Array.from({ length: parts }, () => (x.shape[along] ?? 0) / parts) : parts;
	return x.graph.apply("Split", [x], { axis: along, sizes });
}

/** Positions start (included) to end (not included) along `axis`, counted from the front; float32 only. */
export const slice = (x: Value, axis: number, start: number, end: number): Value =>
	one("Slice", [x], { axis: normalizeAxis(axis, x.shape.length), start, end });

/** Zeros before and after along `axis`. */
export const pad = (x: Value, axis: number, before: number, after: number): Value =>
	one("Pad", [x], { axis: normalizeAxis(axis, x.shape.length), before, after });

/** A float32 tensor that holds `value` everywhere. */
export const filled = (like: Value, shape: readonly number[], value: number): Value =>
	expand(scalar(like, value, "float32"), shape);

/** Sums over the axes along which `x` was broadcast from `shape`. */
export function sumTo(x: Value, shape: readonly number[]): Value {
	if (sameShape(x.shape, shape)) return x;
	const lead = x.shape.length - shape.length;
	if (lead < 0) throw new RangeError(`${formatShape(x.shape)} cannot be summed to ${formatShape(shape)}.`);
	const axes = x.shape.flatMap((size, axis) => (axis < lead || (shape[axis - lead] === 1 && size !== 1) ? [axis] : []));
	return reshape(reduceSum(x, axes), shape);
}

function one<Op extends OpName>(op: Op, inputs: readonly Value[], attributes: AttributesOf<Op>): Value {
	return inputs[0]!.graph.apply(op, inputs, attributes)[0]!;
}

function scalar(like: Value, value: number, dtype: "float32" | "int32"): Value {
	return like.graph.constant([value], [], dtype);
}

function pair(a: Operand, b: Operand): [Value, Value] {
	if (typeof a !== "number") return [a, typeof b === "number" ? scalar(a, b, numberType(a)) : b];
	if (typeof b !== "number") return [scalar(b, a, numberType(b)), b];
	throw new TypeError("One of the two operands must be a value of the graph.");
}

const numberType = (x: Value): "float32" | "int32" => (x.dtype === "int32" ? "int32" : "float32");

const axesOf = (x: Value, axes: readonly number[] | undefined): readonly number[] =>
	axes === undefined ? x.shape.map((_, axis) => axis) : axes.map((axis) => normalizeAxis(axis, x.shape.length));
