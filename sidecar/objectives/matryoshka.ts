import { add, mul } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";

/**
 * A loss of several sub-models at once: the mean of theirs, each of them at every step (Starbucks, Zhuang et al. 2024,
 * section 3.1; Matryoshka representation learning, Kusupati et al. 2022, section 3, where all have all layers).
 */
export function matryoshka2d<Size>(sizes: readonly Size[], lossOf: (size: Size, place: number) => Value): Value {
	const sum = sizes.map(lossOf).reduce((one, other) => add(one, other));
	return sizes.length === 1 ? sum : mul(sum, 1 / sizes.length);
}
