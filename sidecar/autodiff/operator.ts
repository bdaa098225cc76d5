import type { AttributeDescription, TensorDescription } from "../onnx/model.ts";
import type { AnySignature, OpName, Signatures } from "./signatures.ts";
import type { TensorType, Value } from "./value.ts";

/** What a gradient rule of the table sees. */
export interface RuleContext<S extends AnySignature> {
	/** The inputs by name; for a variadic operator the first one. */
	readonly inputs: { readonly [Name in S["inputs"][number]]: Value };
	readonly outputs: readonly Value[];
	readonly attributes: S["attributes"];
	/** The gradient of the first output. */
	readonly g: Value;
	/** One gradient per output; absent where the loss does not depend on it. */
	readonly outputGradients: readonly (Value | undefined)[];
	/** All inputs in order, and which of them the rule is asked for. */
	readonly all: readonly Value[];
	readonly position: number;
}

/**
 * The gradient for one input: a function, a function that folds in what is
 * accumulated already (`accumulate`), or "zero". A rule may return the broadcast
 * shape of the output: the walker sums it back to the input's shape.
 */
export type Rule<S extends AnySignature> =
	| "zero"
	| ((context: RuleContext<S>) => Value)
	| { readonly accumulate: (context: RuleContext<S>, accumulated: Value | undefined) => Value };

/** Random contents of one input in a check case. */
export interface CaseInput extends TensorType {
	readonly values: "normal" | "positive" | "flags" | { readonly below: number };
}

/** One case of the shape check and the gradient check. */
export interface Case<S extends AnySignature> {
	readonly inputs: readonly CaseInput[];
	readonly attributes: S["attributes"];
}

/** Throws, naming the operator and its shapes, unless `condition` holds. */
export type Require = (condition: boolean, sentence: string) => void;

/** What an operator becomes in ONNX: attributes, and constant inputs after the named ones. */
export interface Encoding {
	readonly attributes?: Readonly<Record<string, AttributeDescription>>;
	readonly constants?: readonly Omit<TensorDescription, "name">[];
}

/** One row of the operator table. */
export interface Operator<S extends AnySignature> {
	readonly inputs: S["inputs"];
	/** How many of the inputs, counted from the last, may be left out. */
	readonly optional?: number;
	/** Whether the only named input may be given any number of times. */
	readonly variadic?: true;
	/** Outputs past this count have no gradient; all have one by default. */
	readonly differentiable?: number;
	/** The shape rule: the type of each output. */
	readonly infer: (
		inputs: readonly TensorType[],
		attributes: S["attributes"],
		require: Require,
	) => readonly TensorType[];
	readonly gradients: { readonly [Name in S["inputs"][number]]: Rule<S> };
	readonly encode?: (attributes: S["attributes"]) => Encoding;
	readonly cases: readonly Case<S>[];
}

export type OperatorTable = { readonly [Op in OpName]: Operator<Signatures[Op]> };

/** A float input of standard normal numbers. */
export function real(...shape: number[]): CaseInput {
	return { shape, dtype: "float32", values: "normal" };
}

/** A float input of numbers in [0.5, 2.5). */
export function positive(...shape: number[]): CaseInput {
	return { shape, dtype: "float32", values: "positive" };
}

/** An int32 input of numbers in [0, below). */
export function ids(below: number, ...shape: number[]): CaseInput {
	return { shape, dtype: "int32", values: { below } };
}

export function flags(...shape: number[]): CaseInput {
	return { shape, dtype: "bool", values: "flags" };
}
