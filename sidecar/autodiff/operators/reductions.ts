import { cast, div, expand, greater, mul, not, reduceSum, reshape } from "../functions.ts";
import { type Case, type Encoding, type OperatorTable, type Require, type RuleContext, real } from "../operator.ts";
import { normalizeAxis, reducedShape, sizeOf } from "../shapes.ts";
import type { Reduction } from "../signatures.ts";
import type { TensorType, Value } from "../value.ts";

const cases: readonly Case<Reduction>[] = [
	{ inputs: [real(2, 3)], attributes: { axes: [0, 1], keepDims: false } },
	{ inputs: [real(2, 3, 4)], attributes: { axes: [2], keepDims: true } },
	{ inputs: [real(2, 3, 4)], attributes: { axes: [0, 2], keepDims: false } },
	{ inputs: [real(5)], attributes: { axes: [0], keepDims: false } },
];

/** One number from many, along some axes. */
export const reductions: Pick<OperatorTable, "ReduceSum" | "ReduceMean" | "ReduceMax"> = {
	// y = Σ x, dx = g
	ReduceSum: {
		inputs: ["x"],
		infer: reducing,
		gradients: { x: (context) => spread(context, context.g) },
		encode,
		cases,
	},
	// y = Σ x / n, dx = g / n
	ReduceMean: {
		inputs: ["x"],
		infer: reducing,
		gradients: {
			x: (context) => spread(context, mul(context.g, sizeOf(context.g.shape) / sizeOf(context.inputs.x.shape))),
		},
		encode,
		cases,
	},
	// y = max x, dx = g / n at each of the n places where x = y
	ReduceMax: {
		inputs: ["x"],
		infer: reducing,
		gradients: {
			x: (context) => {
				const { x } = context.inputs;
				const largest = cast(not(greater(spread(context, context.outputs[0]!), x)), "float32");
				const count = reduceSum(largest, context.attributes.axes, true);
				return mul(spread(context, context.g), div(largest, count));
			},
		},
		encode,
		cases,
	},
};

/** `value` of the reduced shape, repeated along the reduced axes. */
function spread({ inputs: { x }, attributes: { axes } }: RuleContext<Reduction>, value: Value): Value {
	return expand(reshape(value, reducedShape(x.shape, axes, true)), x.shape);
}

function reducing([x]: readonly TensorType[], attributes: Reduction["attributes"], require: Require): TensorType[] {
	const { axes, keepDims } = attributes;
	require(x!.dtype === "float32", "it takes float32");
	const normal = axes.map((axis) => normalizeAxis(axis, x!.shape.length));
	require(normal.every((axis) => axis >= 0 && axis < x!.shape.length), `there are no axes ${axes.join(", ")}`);
	require(new Set(normal).size === axes.length, "an axis is named twice");
	return [{ shape: reducedShape(x!.shape, axes, keepDims), dtype: "float32" }];
}

function encode({ axes, keepDims }: Reduction["attributes"]): Encoding {
	return {
		attributes: { keepdims: { int: keepDims ? 1 : 0 } },
		constants: [{ dtype: "int64", shape: [axes.length], data: BigInt64Array.from(axes, BigInt) }],
	};
}
