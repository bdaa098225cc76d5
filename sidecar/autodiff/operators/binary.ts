import { div, greater, mul, neg, where } from "../functions.ts";
import {
	type Case,
	type CaseInput,
	flags,
	ids,
	type Operator,
	type OperatorTable,
	positive,
	type Require,
	real,
} from "../operator.ts";
import { broadcastShapes } from "../shapes.ts";
import type { Binary } from "../signatures.ts";
import type { DType, TensorType } from "../value.ts";

type Arithmetic = "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min";
type Comparison = "Equal" | "Greater" | "And";

/** Two tensors that broadcast. The walker sums each gradient back to its input's shape. */
export const binary: Pick<OperatorTable, Arithmetic | Comparison | "Not" | "Where" | "Cast"> = {
	// y = a + b, da = g, db = g
	Add: arithmetic({ a: ({ g }) => g, b: ({ g }) => g }),
	// y = a - b, da = g, db = -g
	Sub: arithmetic({ a: ({ g }) => g, b: ({ g }) => neg(g) }),
	// y = a b, da = g b, db = g a
	Mul: arithmetic({ a: ({ g, inputs }) => mul(g, inputs.b), b: ({ g, inputs }) => mul(g, inputs.a) }),
	// y = a / b, da = g / b, db = -g y / b
	Div: arithmetic(
		{
			a: ({ g, inputs }) => div(g, inputs.b),
			b: ({ g, inputs, outputs }) => neg(div(mul(g, outputs[0]!), inputs.b)),
		},
		positive,
	),
	// y = max(a, b), da = g where a >= b, db = g where b > a
	Max: arithmetic({
		a: ({ g, inputs: { a, b } }) => where(greater(b, a), 0, g),
		b: ({ g, inputs: { a, b } }) => where(greater(b, a), g, 0),
	}),
	// y = min(a, b), da = g where a <= b, db = g where a > b
	Min: arithmetic({
		a: ({ g, inputs: { a, b } }) => where(greater(a, b), 0, g),
		b: ({ g, inputs: { a, b } }) => where(greater(a, b), g, 0),
	}),
	// Comparisons are constant almost everywhere.
	Equal: comparison(["int32"], [ids(3, 2, 3), ids(3, 3)], [ids(2, 4), ids(2)]),
	Greater: comparison(["float32", "int32"], [real(2, 3), real(2, 1)], [ids(4, 5), ids(4)]),
	And: comparison(["bool"], [flags(2, 3), flags(3)], [flags(4), flags(4)]),
	Not: {
		inputs: ["x"],
		infer: ([x], _, require) => {
			require(x!.dtype === "bool", "it takes bool");
			return [x!];
		},
		gradients: { x: "zero" },
		cases: [{ inputs: [flags(3, 4)], attributes: {} }],
	},
	// y = a where the condition holds, else b: da = g where it holds, db = g where it does not
	Where: {
		inputs: ["condition", "a", "b"],
		infer: ([condition, a, b], _, require) => {
			require(condition!.dtype === "bool", "the condition must be bool");
			require(a!.dtype === b!.dtype && a!.dtype !== "bool", "both branches must be float32 or both int32");
			const branches = broadcastShapes(a!.shape, b!.shape);
			const shape = branches && broadcastShapes(condition!.shape, branches);
			require(shape !== undefined, "the shapes do not broadcast");
			return [{ shape: shape ?? [], dtype: a!.dtype }];
		},
		gradients: {
			condition: "zero",
			a: ({ g, inputs }) => where(inputs.condition, g, 0),
			b: ({ g, inputs }) => where(inputs.condition, 0, g),
		},
		cases: [
			{ inputs: [flags(2, 3), real(2, 3), real(2, 3)], attributes: {} },
			{ inputs: [flags(2, 1), real(3), real()], attributes: {} },
			{ inputs: [flags(3), real(), real(2, 3)], attributes: {} },
			{ inputs: [flags(3), ids(5, 2, 3), ids(5)], attributes: {} },
		],
	},
	// To a number type; no gradient passes. From float32 to int32 towards zero.
	Cast: {
		inputs: ["x"],
		infer: ([x], { to }, require) => {
			require(x!.dtype !== to, `it is ${to} already`);
			return [{ shape: x!.shape, dtype: to }];
		},
		gradients: { x: "zero" },
		encode: ({ to }) => ({ attributes: { to: { int: to === "float32" ? 1 : 6 } } }),
		cases: [
			{ inputs: [flags(3, 2)], attributes: { to: "float32" } },
			{ inputs: [ids(7, 4)], attributes: { to: "float32" } },
			{ inputs: [flags(3)], attributes: { to: "int32" } },
			{ inputs: [real(4, 2)], attributes: { to: "int32" } },
		],
	},
};

/** The row of an operator on numbers, with every way in which one operand broadcasts. */
function arithmetic(gradients: Operator<Binary>["gradients"], values = real): Operator<Binary> {
	const pairs = [
		[values(2, 3), values(2, 3)],
		[values(2, 3), values(3)],
		[values(), values(2, 3)],
		[values(2, 1, 4), values(3, 1)],
		[ids(9, 4), ids(9, 1)],
	];
	return {
		inputs: ["a", "b"],
		infer: broadcasting(["float32", "int32"]),
		gradients,
		cases: pairs
			.filter(([a]) => values !== positive || a!.dtype === "float32")
			.map((inputs) => ({ inputs, attributes: {} })),
	};
}

function comparison(dtypes: readonly DType[], ...pairs: [CaseInput, CaseInput][]): Operator<Binary> {
	const cases: Case<Binary>[] = pairs.map((inputs) => ({ inputs, attributes: {} }));
	return { inputs: ["a", "b"], infer: broadcasting(dtypes, "bool"), gradients: { a: "zero", b: "zero" }, cases };
}

function broadcasting(dtypes: readonly DType[], result?: DType) {
	return ([a, b]: readonly TensorType[], _: unknown, require: Require): TensorType[] => {
		require(a!.dtype === b!.dtype && dtypes.includes(a!.dtype), `it takes two of ${dtypes.join(" or ")}`);
		const shape = broadcastShapes(a!.shape, b!.shape);
		require(shape !== undefined, "the shapes do not broadcast");
		return [{ shape: shape ?? [], dtype: result ?? a!.dtype }];
	};
}
