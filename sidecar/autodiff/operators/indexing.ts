import { expand, filled, gatherElements, reshape, scatterElementsAdd } from "../functions.ts";
import { ids, type OperatorTable, type Require, real } from "../operator.ts";
import { sizeOf } from "../shapes.ts";
import type { TensorType } from "../value.ts";

/** Reading and adding at int32 indices. Indices have no gradient. */
export const indexing: Pick<OperatorTable, "Gather" | "GatherElements" | "ScatterElements"> = {
	// y[i] = rows[ids[i]], drows[j] = Σ g[i] over ids[i] = j, added onto what is accumulated already:
	// a tied embedding needs no tensor of zeros
	Gather: {
		inputs: ["rows", "ids"],
		infer: ([rows, indices], _, require) => {
			require(rows!.dtype === "float32" && indices!.dtype === "int32", "it takes float32 rows and int32 ids");
			require(rows!.shape.length >= 1, "the rows must have an axis");
			return [{ shape: [...indices!.shape, ...rows!.shape.slice(1)], dtype: "float32" }];
		},
		gradients: {
			rows: {
				accumulate: ({ g, inputs: { rows, ids: indices } }, accumulated) => {
					const rest = rows.shape.slice(1);
					const count = sizeOf(indices.shape);
					const updates = reshape(g, [count, ...rest]);
					const column = reshape(indices, [count, ...rest.map(() => 1)]);
					const base = accumulated ?? filled(rows, rows.shape, 0);
					return scatterElementsAdd(base, expand(column, updates.shape), updates, 0);
				},
			},
			ids: "zero",
		},
		encode: () => ({ attributes: { axis: { int: 0 } } }),
		cases: [
			{ inputs: [real(5, 3), ids(5, 4)], attributes: {} },
			{ inputs: [real(4, 2), ids(4, 2, 3)], attributes: {} },
			{ inputs: [real(6), ids(6, 3)], attributes: {} },
			{ inputs: [real(3, 2, 2), ids(3, 7)], attributes: {} },
		],
	},
	// y[i] = x[indices[i]] along the axis, dx[j] = Σ g[i] over indices[i] = j
	GatherElements: {
		inputs: ["x", "indices"],
		infer: ([x, indices], { axis }, require) => {
			require(x!.dtype === "float32", "it takes float32");
			checkIndices(x!, indices!, axis, require);
			return [{ shape: indices!.shape, dtype: "float32" }];
		},
		gradients: {
			x: {
				accumulate: ({ g, inputs: { x, indices }, attributes: { axis } }, accumulated) =>
					scatterElementsAdd(accumulated ?? filled(x, x.shape, 0), indices, g, axis),
			},
			indices: "zero",
		},
		encode: ({ axis }) => ({ attributes: { axis: { int: axis } } }),
		cases: [
			{ inputs: [real(3, 4), ids(4, 3, 1)], attributes: { axis: 1 } },
			{ inputs: [real(3, 4), ids(3, 5, 4)], attributes: { axis: 0 } },
			{ inputs: [real(2, 3, 4), ids(3, 2, 6, 4)], attributes: { axis: 1 } },
		],
	},
	// y = x + the updates at the indices, dx = g, dupdates[i] = g[indices[i]]
	ScatterElements: {
		inputs: ["x", "indices", "updates"],
		infer: ([x, indices, updates], { axis }, require) => {
			require(x!.dtype === "float32" && updates!.dtype === "float32", "it takes float32");
			checkIndices(x!, indices!, axis, require);
			require(String(indices!.shape) === String(updates!.shape), "indices and updates must have one shape");
			return [x!];
		},
		gradients: {
			x: ({ g }) => g,
			indices: "zero",
			updates: ({ g, inputs, attributes: { axis } }) => gatherElements(g, inputs.indices, axis),
		},
		encode: ({ axis }) => ({ attributes: { axis: { int: axis }, reduction: { string: "add" } } }),
		cases: [
			{ inputs: [real(3, 4), ids(4, 3, 1), real(3, 1)], attributes: { axis: 1 } },
			{ inputs: [real(3, 4), ids(3, 5, 4), real(5, 4)], attributes: { axis: 0 } },
		],
	},
};

function checkIndices(x: TensorType, indices: TensorType, axis: number, require: Require): void {
	require(indices.dtype === "int32", "the indices must be int32");
	require(axis >= 0 && axis < x.shape.length, `there is no axis ${axis}`);
	const fits = indices.shape.every((size, index) => index === axis || size === x.shape[index]);
	require(indices.shape.length === x.shape.length && fits, "the indices must have the shape of x but for the axis");
}
