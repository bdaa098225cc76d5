import {
	binaryCrossEntropy,
	rmsNormalization,
	rotaryEmbedding,
	softmaxCrossEntropy,
	softmaxCrossEntropyRows,
} from "../../sidecar/autodiff/composites.ts";
import { type CaseInput, ids, positive, real } from "../../sidecar/autodiff/operator.ts";
import { operatorOf, operators } from "../../sidecar/autodiff/operators.ts";
import type { OpName } from "../../sidecar/autodiff/signatures.ts";
import type { Value } from "../../sidecar/autodiff/value.ts";
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
	/** The name that the composite has on the tape. */
	readonly entry: string;
	/** Which inputs have a gradient. */
	readonly positions: readonly number[];
	readonly cases: readonly (readonly CaseInput[])[];
}

/** Every composite of the room, with the shapes it is checked on. */
export const composites: Readonly<Record<string, CompositeCases>> = {
	softmaxCrossEntropyRows: {
		build: ([logits, labels]) => softmaxCrossEntropyRows(logits!, labels!),
		entry: "softmaxCrossEntropy",
		positions: [0],
		cases: [
			[real(4, 5), ids(5, 4)],
			[real(1, 3), ids(3, 1)],
			[real(6, 2), ids(2, 6)],
		],
	},
	softmaxCrossEntropy: {
		build: ([logits, labels, weights]) => softmaxCrossEntropy(logits!, labels!, weights!),
		entry: "softmaxCrossEntropy",
		positions: [0],
		cases: [
			[real(4, 5), ids(5, 4), positive(4)],
			[real(2, 7), ids(7, 2), positive(2)],
		],
	},
	binaryCrossEntropy: {
		build: ([logits, targets]) => binaryCrossEntropy(logits!, targets!),
		entry: "binaryCrossEntropy",
		positions: [0, 1],
		cases: [
			[real(6), positive(6)],
			[real(2, 3), positive(2, 3)],
			[real(2, 3), positive(3)],
		],
	},
	rmsNormalization: {
		build: ([x, weight]) => rmsNormalization(x!, weight!, 1e-6),
		entry: "rmsNormalization",
		positions: [0, 1],
		cases: [
			[real(5), real(5)],
			[real(3, 4), real(4)],
			[real(2, 3, 4), real(4)],
		],
	},
	rotaryEmbedding: {
		build: ([x, cos, sin]) => rotaryEmbedding(x!, x!.graph.constant(table(cos!), cos!.shape), sinTable(sin!)),
		entry: "rotaryEmbedding",
		positions: [0],
		cases: [
			[real(3, 4), ids(9, 3, 4), ids(9, 3, 4)],
			[real(2, 2, 3, 4), ids(9, 3, 4), ids(9, 3, 4)],
			[real(2, 2, 3, 4), ids(9, 2, 1, 3, 4), ids(9, 2, 1, 3, 4)],
		],
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

/** Tables with unlike halves, so that the gradient may not count on their symmetry. */
function table({ shape }: Value): Float32Array {
	return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => Math.cos(1 + index * index));
}

function sinTable(like: Value): Value {
	return like.graph.constant(
		table(like).map((value, index) => value * 0.5 + index * 0.1),
		like.shape,
	);
}
