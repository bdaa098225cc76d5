import { binaryCrossEntropy, matMulTransposed, rmsNormalization } from "../../sidecar/autodiff/composites.ts";
import { type CaseInput, ids, positive, real } from "../../sidecar/autodiff/operator.ts";
import { operatorOf, operators } from "../../sidecar/autodiff/operators.ts";
import type { OpName } from "../../sidecar/autodiff/signatures.ts";
import type { Value } from "../../sidecar/autodiff/value.ts";
import { pickRows } from "../../sidecar/model/places.ts";
import { rotate } from "../../sidecar/model/rope.ts";
import { crossEntropy } from "../../sidecar/objectives/crossEntropy.ts";
import type { Subject } from "./gradientCheck.ts";

export const opNames = Object.keys(operators) as OpName[];

/** One subject for every check case of the operator's row. */
export function operatorSubjects(op: OpName): Subject[] {
	const row = operatorOf(op);
	return row.cases.map(({ inputs, attributes }) => ({
		name: `${op} of ${inputs.map(({ shape, dtype }) => `${dtype} [${shape}]`).join(", ")} ${JSON.stringify(attributes)}`,
		inputs,
		outputs: (values) => values[0]!.graph.apply(op, values, attributes),
		...(row.differentiable === undefined ? {} : { differentiable: row.differentiable }),
	}));
}

interface CompositeCases {
	readonly build: (inputs: readonly Value[]) => Value;
	/** Which inputs have a gradient. */
	readonly positions: readonly number[];
	readonly cases: readonly (readonly CaseInput[])[];
}

/** Every composite of the project by the name it has on the tape, with the shapes it is checked on. */
export const composites: Readonly<Record<string, CompositeCases>> = {
	crossEntropy: {
		build: ([logits, labels]) => crossEntropy(logits!, labels!),
		positions: [0],
		cases: [
			[real(4, 5), ids(5, 4)],
			[real(1, 3), ids(3, 1)],
			[real(6, 2), ids(2, 6)],
		],
	},
	binaryCrossEntropy: {
		build: ([logits, targets]) => binaryCrossEntropy(logits!, targets!),
		positions: [0, 1],
		cases: [
			[real(6), positive(6)],
			[real(2, 3), positive(2, 3)],
			[real(2, 3), positive(3)],
		],
	},
	pickRows: {
		build: ([rows, places]) => pickRows(rows!, places!, 4),
		positions: [0],
		cases: [
			[real(8, 3), ids(4, 2, 2)],
			[real(4, 2), ids(4, 1, 6)],
		],
	},
	matMulTransposed: {
		build: ([a, b]) => matMulTransposed(a!, b!),
		positions: [0, 1],
		cases: [
			[real(2, 3), real(4, 3)],
			[real(2, 2, 3, 4), real(2, 2, 5, 4)],
			[real(3, 1, 2), real(3, 4, 2)],
		],
	},
	rmsNormalization: {
		build: ([x, weight]) => rmsNormalization(x!, weight!, 1e-6),
		positions: [0, 1],
		cases: [
			[real(5), real(5)],
			[real(3, 4), real(4)],
			[real(2, 3, 4), real(4)],
		],
	},
	rotate: {
		build: ([x]) => rotate(x!, 100, { scale: 0.7 }),
		positions: [0],
		cases: [[real(1, 1, 3, 2)], [real(2, 2, 3, 4)], [real(1, 3, 5, 6)]],
	},
};

export function compositeSubjects(name: string): Subject[] {
	const { build, cases } = composites[name]!;
	return cases.map((inputs) => ({
		name: `${name} of ${inputs.map(({ shape }) => `[${shape}]`).join(", ")}`,
		inputs,
		outputs: (values) => [build(values)],
	}));
}
