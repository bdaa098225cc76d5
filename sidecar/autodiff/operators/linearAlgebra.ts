import { gemm, matMul, transpose } from "../functions.ts";
import { type OperatorTable, real } from "../operator.ts";
import { broadcastShapes, sameShape } from "../shapes.ts";

/** Products of matrices. */
export const linearAlgebra: Pick<OperatorTable, "MatMul" | "Gemm"> = {
	// Y = A B, dA = g Bᵀ, dB = Aᵀ g over the last two axes
	MatMul: {
		inputs: ["a", "b"],
		infer: ([a, b], _, require) => {
			require(a!.dtype === "float32" && b!.dtype === "float32", "it takes float32");
			require(a!.shape.length >= 2 && b!.shape.length >= 2, "it takes at least two axes");
			require(a!.shape.at(-1) === b!.shape.at(-2), "the inner sizes differ");
			const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
			require(batch !== undefined, "the batch axes do not broadcast");
			return [{ shape: [...(batch ?? []), a!.shape.at(-2)!, b!.shape.at(-1)!], dtype: "float32" }];
		},
		gradients: {
			a: ({ g, inputs: { b } }) =>
				g.shape.length === 2 ? gemm(g, b, undefined, { transB: true }) : matMul(g, transpose(b)),
			b: ({ g, inputs: { a } }) =>
				g.shape.length === 2 ? gemm(a, g, undefined, { transA: true }) : matMul(transpose(a), g),
		},
		cases: [
			{ inputs: [real(2, 3), real(3, 4)], attributes: {} },
			{ inputs: [real(2, 2, 3, 4), real(2, 2, 4, 2)], attributes: {} },
			{ inputs: [real(2, 3, 4), real(4, 2)], attributes: {} },
			{ inputs: [real(3, 4), real(2, 4, 2)], attributes: {} },
			{ inputs: [real(2, 1, 3, 4), real(3, 4, 2)], attributes: {} },
		],
	},
	// Y = A' B' + C, with A' = A or Aᵀ. dA' = g B'ᵀ, dB' = A'ᵀ g, dC = g, and dA is dA' transposed back
	Gemm: {
		inputs: ["a", "b", "c"],
		optional: 1,
		infer: ([a, b, c], { transA, transB }, require) => {
			require([a, b, c].every((input) => (input?.dtype ?? "float32") === "float32"), "it takes float32");
			require(a!.shape.length === 2 && b!.shape.length === 2, "it takes matrices");
			const [rows, inner] = transA ? [a!.shape[1]!, a!.shape[0]!] : [a!.shape[0]!, a!.shape[1]!];
			const [depth, columns] = transB ? [b!.shape[1]!, b!.shape[0]!] : [b!.shape[0]!, b!.shape[1]!];
			require(inner === depth, "the inner sizes differ");
			const shape = [rows, columns];
			require(sameShape(broadcastShapes(c?.shape ?? [], shape) ?? [], shape), "c does not broadcast to the result");
			return [{ shape, dtype: "float32" }];
		},
		gradients: {
			a: ({ g, inputs: { b }, attributes: { transA, transB } }) =>
				transA ? gemm(b, g, undefined, { transA: transB, transB: true }) : gemm(g, b, undefined, { transB: !transB }),
			b: ({ g, inputs: { a }, attributes: { transA, transB } }) =>
				transB ? gemm(g, a, undefined, { transA: true, transB: transA }) : gemm(a, g, undefined, { transA: !transA }),
			c: ({ g }) => g,
		},
		encode: ({ transA, transB }) => ({
			attributes: { transA: { int: transA ? 1 : 0 }, transB: { int: transB ? 1 : 0 } },
		}),
		cases: [
			{ inputs: [real(2, 3), real(3, 4)], attributes: { transA: false, transB: false } },
			{ inputs: [real(2, 3), real(4, 3), real(4)], attributes: { transA: false, transB: true } },
			{ inputs: [real(3, 2), real(3, 4), real(2, 1)], attributes: { transA: true, transB: false } },
			{ inputs: [real(3, 2), real(4, 3), real(2, 4)], attributes: { transA: true, transB: true } },
			{ inputs: [real(2, 3), real(3, 4), real()], attributes: { transA: false, transB: false } },
		],
	},
};
