/** Some places of each row of a batch, as many of each. */
import { composite } from "../autodiff/composite.ts";
import { add, cast, equal, gather, matMul, reshape } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";

/**
 * Of rows [batch * length, width] those at `places` [batch, count] int32 of each batch row, [batch * count, width]. The
 * gradient is a product with the places as a matrix of ones and zeros: adding rows one by one takes onnxruntime's CPU
 * kernel five times as long. Rows that are picked twice get both gradients.
 */
export function pickRows(rows: Value, places: Value, length: number): Value {
	const [batch, count] = places.shape as [number, number];
	const width = rows.shape[1]!;
	return composite({
		name: "pickRows",
		inputs: { rows, places },
		forward: (inputs) => ({ output: gather(inputs.rows, flatPlaces(inputs.places, length)), saved: undefined }),
		gradients: {
			rows: ({ g, inputs }) => {
				const numbers = g.graph.constant(
					Int32Array.from({ length }, (_, place) => place),
					[1, length, 1],
				);
				const isAt = cast(equal(numbers, reshape(inputs.places, [batch, 1, count])), "float32"); // [batch, length, count]
				return reshape(matMul(isAt, reshape(g, [batch, count, width])), [batch * length, width]);
			},
			places: "zero",
		},
	});
}

/** Of a bias [batch, 1, length, key] the rows of the queries at `places` [batch, count] int32, [batch, 1, count, key]. */
export function pickQueries(bias: Value, places: Value): Value {
	const [batch, , length, keys] = bias.shape as [number, number, number, number];
	const picked = gather(reshape(bias, [batch * length, keys]), flatPlaces(places, length));
	return reshape(picked, [batch, 1, places.shape[1]!, keys]);
}

/** b * length + place of `places` [batch, count] int32, [batch * count]. */
function flatPlaces(places: Value, length: number): Value {
	const [batch, count] = places.shape as [number, number];
	const starts = Int32Array.from({ length: batch }, (_, row) => row * length);
	return reshape(add(places, places.graph.constant(starts, [batch, 1])), [batch * count]);
}
