import { mul, reduceMean, reduceSum, sub } from "../functions.ts";
import { type OperatorTable, type RuleContext, real } from "../operator.ts";
import { withSize } from "../shapes.ts";
import type { Signatures } from "../signatures.ts";
import type { Value } from "../value.ts";

/** Softmax and layer normalization. */
export const normalization: Pick<OperatorTable, "Softmax" | "LayerNormalization"> = {
	// y = eˣ / Σ eˣ, dx = (g - Σ g y) y
	Softmax: {
		inputs: ["x"],
		infer: ([x], { axis }, require) => {
			require(x!.dtype === "float32", "it takes float32");
			require(axis >= 0 && axis < x!.shape.length, `there is no axis ${axis}`);
			return [x!];
		},
		gradients: {
			x: ({ g, outputs, attributes: { axis } }) => {
				const y = outputs[0]!;
				return mul(sub(g, reduceSum(mul(g, y), [axis], true)), y);
			},
		},
		encode: ({ axis }) => ({ attributes: { axis: { int: axis } } }),
		cases: [
			{ inputs: [real(5)], attributes: { axis: 0 } },
			{ inputs: [real(2, 3, 4)], attributes: { axis: 2 } },
			{ inputs: [real(2, 3, 4)], attributes: { axis: 1 } },
		],
	},
	// n = (x - mean) inv, inv = 1/√(variance + ε), y = n scale + bias over the last axis, u = g scale:
	// dx = (u - mean(u) - n mean(u n)) inv, dscale = Σ g n, dbias = Σ g
	LayerNormalization: {
		inputs: ["x", "scale", "bias"],
		optional: 1,
		differentiable: 1, // the mean and the inverse deviation are for these rules alone
		infer: ([x, scale, bias], _, require) => {
			require([x, scale, bias].every((input) => (input?.dtype ?? "float32") === "float32"), "it takes float32");
			const size = x!.shape.at(-1);
			require(size !== undefined, "x must have an axis");
			for (const vector of bias === undefined ? [scale!] : [scale!, bias])
				require(vector.shape.length === 1 && vector.shape[0] === size, "scale and bias must fit the last axis");
			const statistic = { shape: withSize(x!.shape, -1, 1), dtype: "float32" } as const;
			return [x!, statistic, statistic];
		},
		gradients: {
			x: (context) => {
				const normalized = normalize(context);
				const u = mul(context.g, context.inputs.scale);
				const centered = sub(u, reduceMean(u, [-1], true));
				const radial = mul(normalized, reduceMean(mul(u, normalized), [-1], true));
				return mul(sub(centered, radial), context.outputs[2]!);
			},
			scale: (context) => mul(context.g, normalize(context)),
			bias: ({ g }) => g,
		},
		encode: ({ epsilon }) => ({ attributes: { axis: { int: -1 }, epsilon: { float: epsilon } } }),
		cases: [
			{ inputs: [real(4), real(4), real(4)], attributes: { epsilon: 1e-5 } },
			{ inputs: [real(3, 5), real(5), real(5)], attributes: { epsilon: 1e-12 } },
			{ inputs: [real(2, 3, 4), real(4)], attributes: { epsilon: 1e-5 } },
		],
	},
};

function normalize({ inputs, outputs }: RuleContext<Signatures["LayerNormalization"]>): Value {
	return mul(sub(inputs.x, outputs[1]!), outputs[2]!);
}
