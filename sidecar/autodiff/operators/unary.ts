import { add, div, erf, exp, greater, mul, neg, square, sub, tanh, where } from "../functions.ts";
import { type Operator, type OperatorTable, positive, type Require, real } from "../operator.ts";
import type { Unary } from "../signatures.ts";
import type { TensorType, Value } from "../value.ts";

type Families =
	| "Identity"
	| "Neg"
	| "Abs"
	| "Sqrt"
	| "Reciprocal"
	| "Exp"
	| "Log"
	| "Erf"
	| "Tanh"
	| "Sigmoid"
	| "Relu"
	| "Gelu";

/** One tensor in, one of the same shape out. In the mathematics y is the output and g its gradient. */
export const unary: Pick<OperatorTable, Families> = {
	// y = x, dx = g
	Identity: plain(({ g }) => g),
	// y = -x, dx = -g
	Neg: plain(({ g }) => neg(g)),
	// y = |x|, dx = g sign(x), and 0 at 0
	Abs: plain(({ g, inputs: { x } }) => where(greater(x, 0), g, where(greater(0, x), neg(g), 0))),
	// y = √x, dx = g / 2y
	Sqrt: plain(({ g, outputs }) => div(mul(g, 0.5), outputs[0]!), positive),
	// y = 1/x, dx = -g y²
	Reciprocal: plain(({ g, outputs }) => neg(mul(g, square(outputs[0]!))), positive),
	// y = eˣ, dx = g y
	Exp: plain(({ g, outputs }) => mul(g, outputs[0]!)),
	// y = ln x, dx = g / x
	Log: plain(({ g, inputs }) => div(g, inputs.x), positive),
	// y = erf x, dx = g 2/√π e^(-x²)
	Erf: plain(({ g, inputs }) => mul(g, mul(exp(neg(square(inputs.x))), 2 / Math.sqrt(Math.PI)))),
	// y = tanh x, dx = g (1 - y²)
	Tanh: plain(({ g, outputs }) => mul(g, sub(1, square(outputs[0]!)))),
	// y = 1/(1 + e^(-x)), dx = g y (1 - y)
	Sigmoid: plain(({ g, outputs }) => mul(g, mul(outputs[0]!, sub(1, outputs[0]!)))),
	// y = max(x, 0), dx = g where y > 0
	Relu: plain(({ g, outputs }) => where(greater(outputs[0]!, 0), g, 0)),
	// none: y = x Φ(x), dx = g (Φ(x) + x φ(x)); tanh: y = x/2 (1 + tanh u), u = √(2/π) (x + 0.044715 x³)
	Gelu: {
		inputs: ["x"],
		infer: sameType,
		gradients: {
			x: ({ g, inputs: { x }, attributes }) =>
				mul(g, attributes.approximate === "none" ? geluSlope(x) : geluTanhSlope(x)),
		},
		encode: ({ approximate }) => ({ attributes: { approximate: { string: approximate } } }),
		cases: [
			{ inputs: [real(2, 3)], attributes: { approximate: "none" } },
			{ inputs: [real(2, 3, 4)], attributes: { approximate: "tanh" } },
		],
	},
};

/** The row of an operator without attributes whose gradient is `x`. */
function plain(x: Operator<Unary>["gradients"]["x"], values = real): Operator<Unary> {
	return {
		inputs: ["x"],
		infer: sameType,
		gradients: { x },
		cases: [values(), values(4), values(2, 1, 3)].map((input) => ({ inputs: [input], attributes: {} })),
	};
}

function sameType([x]: readonly TensorType[], _: unknown, require: Require): TensorType[] {
	require(x!.dtype === "float32", "it takes float32");
	return [x!];
}

/** Φ(x) + x φ(x) with Φ(x) = (1 + erf(x/√2)) / 2 and φ(x) = e^(-x²/2) / √2π. */
function geluSlope(x: Value): Value {
	const distribution = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
	const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
	return add(distribution, mul(x, density));
}

/** (1 + t)/2 + x/2 (1 - t²) u', with t = tanh u and u' = √(2/π) (1 + 0.134145 x²). */
function geluTanhSlope(x: Value): Value {
	const scale = Math.sqrt(2 / Math.PI);
	const squared = square(x);
	const t = tanh(mul(mul(x, scale), add(mul(squared, 0.044715), 1)));
	const slope = mul(add(mul(squared, 3 * 0.044715), 1), 0.5 * scale);
	return add(mul(add(t, 1), 0.5), mul(mul(x, slope), sub(1, square(t))));
}
