import { concat, filled, pad, reshape, slice, transpose } from "../functions.ts";
import { ids, type OperatorTable, type Require, real } from "../operator.ts";
import { broadcastShapes, sameShape, sizeOf, withSize } from "../shapes.ts";
import type { TensorType } from "../value.ts";

type Families = "Reshape" | "Transpose" | "Expand" | "Concat" | "Split" | "Slice" | "Pad";

/** Moving elements about; the gradient moves them back. */
export const shape: Pick<OperatorTable, Families> = {
	// The same elements in another shape.
	Reshape: {
		inputs: ["x"],
		infer: ([x], attributes, require) => {
			require(sizeOf(x!.shape) === sizeOf(attributes.shape), `it cannot become [${attributes.shape.join(", ")}]`);
			return [{ shape: attributes.shape, dtype: x!.dtype }];
		},
		gradients: { x: ({ g, inputs: { x } }) => reshape(g, x.shape) },
		encode: (attributes) => ({ constants: [integers(attributes.shape)] }),
		cases: [
			{ inputs: [real(2, 6)], attributes: { shape: [3, 4] } },
			{ inputs: [real(2, 3, 2)], attributes: { shape: [12] } },
			{ inputs: [real(1)], attributes: { shape: [] } },
			{ inputs: [ids(4, 2, 3)], attributes: { shape: [6, 1] } },
		],
	},
	// y's axis i is x's axis perm[i]; the inverse permutation leads back.
	Transpose: {
		inputs: ["x"],
		infer: ([x], { perm }, require) => {
			const sorted = [...perm].sort((a, b) => a - b);
			require(sameShape(
				sorted,
				x!.shape.map((_, axis) => axis),
			), `[${perm.join(", ")}] is no order of its axes`);
			return [{ shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }];
		},
		gradients: {
			x: ({ g, attributes: { perm } }) =>
				transpose(
					g,
					perm.map((_, axis) => perm.indexOf(axis)),
				),
		},
		encode: ({ perm }) => ({ attributes: { perm: { ints: perm } } }),
		cases: [
			{ inputs: [real(2, 3)], attributes: { perm: [1, 0] } },
			{ inputs: [real(2, 3, 4)], attributes: { perm: [2, 0, 1] } },
			{ inputs: [real(2, 3, 2, 2, 2)], attributes: { perm: [2, 0, 3, 1, 4] } },
		],
	},
	// Repeats along axes of size 1 and new leading axes; the walker sums back.
	Expand: {
		inputs: ["x"],
		infer: ([x], attributes, require) => {
			const broadcast = broadcastShapes(x!.shape, attributes.shape);
			require(broadcast !== undefined &&
				sameShape(broadcast, attributes.shape), `it does not broadcast to [${attributes.shape.join(", ")}]`);
			require(x!.dtype !== "bool", "it takes numbers");
			return [{ shape: attributes.shape, dtype: x!.dtype }];
		},
		gradients: { x: ({ g }) => g },
		encode: (attributes) => ({ constants: [integers(attributes.shape)] }),
		cases: [
			{ inputs: [real()], attributes: { shape: [2, 3] } },
			{ inputs: [real(3, 1)], attributes: { shape: [2, 3, 4] } },
			{ inputs: [ids(9, 4, 1)], attributes: { shape: [4, 3] } },
		],
	},
	// y holds the parts one after another; each part's gradient is its slice of g.
	Concat: {
		inputs: ["parts"],
		variadic: true,
		infer: (parts, { axis }, require) => {
			const first = parts[0]!;
			require(axis >= 0 && axis < first.shape.length, `there is no axis ${axis}`);
			for (const part of parts) {
				const fits = sameShape(withSize(part.shape, axis, 0), withSize(first.shape, axis, 0));
				require(part.dtype === first.dtype && fits, "the parts must agree but for the axis");
			}
			const total = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
			return [{ shape: withSize(first.shape, axis, total), dtype: first.dtype }];
		},
		gradients: {
			parts: ({ g, all, position, attributes: { axis } }) => {
				const start = all.slice(0, position).reduce((sum, part) => sum + part.shape[axis]!, 0);
				return slice(g, axis, start, start + all[position]!.shape[axis]!);
			},
		},
		encode: ({ axis }) => ({ attributes: { axis: { int: axis } } }),
		cases: [
			{ inputs: [real(2, 3), real(2, 1), real(2, 2)], attributes: { axis: 1 } },
			{ inputs: [real(1, 2, 3), real(2, 2, 3)], attributes: { axis: 0 } },
			{ inputs: [ids(5, 2), ids(5, 3)], attributes: { axis: 0 } },
		],
	},
	// The parts of x one after another; the gradients of the parts are joined, zeros for an unused one.
	Split: {
		inputs: ["x"],
		infer: ([x], { axis, sizes }, require) => {
			require(x!.dtype === "float32", "it takes float32");
			require(axis >= 0 && axis < x!.shape.length, `there is no axis ${axis}`);
			require(sizes.length <= 6, "a WebGPU adapter may bind no more than six outputs");
			require(sizes.every((size) => Number.isInteger(size) && size > 0), "the sizes must be positive integers");
			require(sizes.reduce((sum, size) => sum + size, 0) === x!.shape[axis], "the sizes do not add up");
			return sizes.map((size) => ({ shape: withSize(x!.shape, axis, size), dtype: "float32" }));
		},
		gradients: {
			x: ({ outputs, outputGradients, attributes: { axis } }) =>
				concat(
					outputs.map((output, index) => outputGradients[index] ?? filled(output, output.shape, 0)),
					axis,
				),
		},
		encode: ({ axis, sizes }) => ({ attributes: { axis: { int: axis } }, constants: [integers(sizes)] }),
		cases: [
			{ inputs: [real(2, 6)], attributes: { axis: 1, sizes: [2, 2, 2] } },
			{ inputs: [real(5, 2)], attributes: { axis: 0, sizes: [1, 4] } },
		],
	},
	// y = x[start:end] along the axis; g with zeros around it leads back.
	Slice: {
		inputs: ["x"],
		infer: ([x], { axis, start, end }, require) => {
			require(x!.dtype === "float32", "it takes float32"); // int32 falls back to the CPU
			checkAxis(x!, axis, require);
			const size = x!.shape[axis] ?? 0;
			require(start >= 0 && start < end && end <= size, `${start} to ${end} is outside of its ${size}`);
			return [{ shape: withSize(x!.shape, axis, end - start), dtype: "float32" }];
		},
		gradients: {
			x: ({ g, inputs: { x }, attributes: { axis, start, end } }) => pad(g, axis, start, x.shape[axis]! - end),
		},
		encode: ({ axis, start, end }) => ({ constants: [integers([start]), integers([end]), integers([axis])] }),
		cases: [
			{ inputs: [real(5)], attributes: { axis: 0, start: 1, end: 4 } },
			{ inputs: [real(2, 3, 4)], attributes: { axis: 1, start: 2, end: 3 } },
			{ inputs: [real(2, 4)], attributes: { axis: 1, start: 0, end: 2 } },
		],
	},
	// Zeros before and after x along the axis; the slice of g between them leads back.
	Pad: {
		inputs: ["x"],
		infer: ([x], { axis, before, after }, require) => {
			require(x!.dtype === "float32", "it takes float32");
			checkAxis(x!, axis, require);
			require(before >= 0 && after >= 0, "it cannot cut");
			return [{ shape: withSize(x!.shape, axis, x!.shape[axis]! + before + after), dtype: "float32" }];
		},
		gradients: {
			x: ({ g, inputs: { x }, attributes: { axis, before } }) => slice(g, axis, before, before + x.shape[axis]!),
		},
		encode: ({ axis, before, after }) => ({
			constants: [
				integers([before, after]),
				{ dtype: "float32", shape: [], data: Float32Array.of(0) },
				integers([axis]),
			],
		}),
		cases: [
			{ inputs: [real(3)], attributes: { axis: 0, before: 1, after: 2 } },
			{ inputs: [real(2, 3, 2)], attributes: { axis: 1, before: 0, after: 1 } },
		],
	},
};

function checkAxis(x: TensorType, axis: number, require: Require): void {
	require(axis >= 0 && axis < x.shape.length, `there is no axis ${axis}`);
}

function integers(values: readonly number[]) {
	return { dtype: "int64", shape: [values.length], data: BigInt64Array.from(values, BigInt) } as const;
}
