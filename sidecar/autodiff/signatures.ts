/** What one operator takes: its ONNX inputs in order, by name, and its attributes. */
export interface Signature<Inputs extends readonly string[], Attributes extends object> {
	readonly inputs: Inputs;
	readonly attributes: Attributes;
}

/** The attributes of an operator that has none. */
export type None = Record<never, never>;

/** Any signature: what code sees that treats all operators alike. */
export type AnySignature = Signature<readonly string[], object>;

export type Unary = Signature<["x"], None>;
export type Binary = Signature<["a", "b"], None>;
export type Reduction = Signature<["x"], { axes: readonly number[]; keepDims: boolean }>;

/**
 * Every operator that a graph may hold, with its named inputs and attributes.
 * The table in `operators.ts` has one row for each: a missing row, or a missing
 * gradient for a named input, does not compile. Only operators that run on
 * WebGPU with CPU fallback forbidden belong here.
 */
export interface Signatures {
	Identity: Unary;
	Neg: Unary;
	Abs: Unary;
	Sqrt: Unary;
	Reciprocal: Unary;
	Exp: Unary;
	Log: Unary;
	Erf: Unary;
	Tanh: Unary;
	Sigmoid: Unary;
	Relu: Unary;
	Gelu: Signature<["x"], { approximate: "none" | "tanh" }>;
	Add: Binary;
	Sub: Binary;
	Mul: Binary;
	Div: Binary;
	Max: Binary;
	Min: Binary;
	Equal: Binary;
	Greater: Binary;
	And: Binary;
	Not: Unary;
	Where: Signature<["condition", "a", "b"], None>;
	Cast: Signature<["x"], { to: "float32" | "int32" }>;
	MatMul: Binary;
	Gemm: Signature<["a", "b", "c"], { transA: boolean; transB: boolean }>;
	ReduceSum: Reduction;
	ReduceMean: Reduction;
	ReduceMax: Reduction;
	Softmax: Signature<["x"], { axis: number }>;
	LayerNormalization: Signature<["x", "scale", "bias"], { epsilon: number }>;
	Gather: Signature<["rows", "ids"], None>;
	GatherElements: Signature<["x", "indices"], { axis: number }>;
	ScatterElements: Signature<["x", "indices", "updates"], { axis: number }>;
	Reshape: Signature<["x"], { shape: readonly number[] }>;
	Transpose: Signature<["x"], { perm: readonly number[] }>;
	Expand: Signature<["x"], { shape: readonly number[] }>;
	Concat: Signature<["parts"], { axis: number }>;
	Split: Signature<["x"], { axis: number; sizes: readonly number[] }>;
	Slice: Signature<["x"], { axis: number; start: number; end: number }>;
	Pad: Signature<["x"], { axis: number; before: number; after: number }>;
}

export type OpName = keyof Signatures;
export type AttributesOf<Op extends OpName> = Signatures[Op]["attributes"];
