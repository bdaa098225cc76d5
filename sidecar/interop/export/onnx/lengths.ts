/** Sizes that depend on the length of a row: which formula two of them follow, and the nodes that compute it. */
import type { NodeDescription, TensorDescription } from "../../../onnx/model.ts";

/** square L^2 + linear L + constant, of the length L. */
export interface LengthFormula {
	readonly square: number;
	readonly linear: number;
	readonly constant: number;
}

/** A size at two lengths. */
export interface SizePair {
	readonly sizes: readonly [number, number];
	readonly lengths: readonly [number, number];
}

/**
 * The formula of small coefficients that gives both sizes, such as 2 L - 1 for the distances between the tokens of a
 * row; undefined when there is none. Lengths of at least 8 leave one at most.
 */
export function formulaOf({ sizes, lengths }: SizePair): LengthFormula | undefined {
	for (const square of [0, 1, 2]) {
		for (const linear of [0, 1, 2, -1, -2]) {
			const constant = sizes[0] - square * lengths[0] ** 2 - linear * lengths[0];
			const fits = sizes[1] === square * lengths[1] ** 2 + linear * lengths[1] + constant;
			if (fits && Math.abs(constant) <= 1) return { square, linear, constant };
		}
	}
	return undefined;
}

/** The length itself. */
export function isLength({ square, linear, constant }: LengthFormula): boolean {
	return square === 0 && linear === 1 && constant === 0;
}

/** Every distance between two tokens of a row, 2 L - 1. */
export function isDistances({ square, linear, constant }: LengthFormula): boolean {
	return square === 0 && linear === 2 && constant === -1;
}

/** A vector of int64 as an initializer. */
export function int64(name: string, values: readonly number[]): TensorDescription {
	return { name, dtype: "int64", shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** Makes int64 vectors of sizes: constants, and nodes that compute from the length what depends on it. */
export class SizeNodes {
	readonly nodes: NodeDescription[] = [];
	readonly initializers = new Map<string, TensorDescription>();
	readonly #lengthName: string;
	readonly #made = new Set<string>();

	/** `lengthName` is the tensor int64 [1] that holds the length when the graph runs. */
	constructor(lengthName: string) {
		this.#lengthName = lengthName;
	}

	/** Keeps an initializer and gives its name. */
	keep(tensor: TensorDescription): string {
		this.initializers.set(tensor.name, tensor);
		return tensor.name;
	}

	/** The name of a vector int64 [parts] of sizes. */
	vector(parts: readonly (number | LengthFormula)[]): string {
		if (parts.every((part) => typeof part === "number")) {
			return this.keep(int64(`sizes:${parts.join(",")}`, parts as number[]));
		}
		const names = parts.map((part) => (typeof part === "number" ? this.vector([part]) : this.#size(part)));
		if (names.length === 1) return names[0]!;
		return this.add("Concat", names, `join:${names.join(",")}`, { axis: { int: 0 } });
	}

	/** Adds a node of one output unless it is there, and gives the name of that. */
	add(op: string, inputs: readonly string[], output: string, attributes: NodeDescription["attributes"] = {}): string {
		if (!this.#made.has(output)) this.nodes.push({ name: output, op, inputs, outputs: [output], attributes });
		this.#made.add(output);
		return output;
	}

	/** Horner's scheme: (square L + linear) L + constant. */
	#size(formula: LengthFormula): string {
		if (isLength(formula)) return this.#lengthName;
		const { square, linear, constant } = formula;
		const name = (part: string): string => `size:${square},${linear},${constant}:${part}`;
		const slope = this.add("Mul", [this.#lengthName, this.vector([square])], name("slope"));
		const steep = this.add("Add", [slope, this.vector([linear])], name("steep"));
		const product = this.add("Mul", [steep, this.#lengthName], name("product"));
		return this.add("Add", [product, this.vector([constant])], name("size"));
	}
}
