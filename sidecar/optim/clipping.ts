import { add, div, min, mul, reduceSum, sqrt } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";

/** The norm of all gradients taken as one vector, and what to multiply each by; both scalars. */
export interface ClippedGradients {
	readonly norm: Value;
	readonly scale: Value;
}

/**
 * Global-norm clipping (Pascanu et al. 2013): scale = min(1, maxNorm / (norm + 1e-6)), as torch's clip_grad_norm_.
 * The scale is not applied here; `Optimizer.update` folds it into its own constants.
 */
export function clipByGlobalNorm(gradients: readonly Value[], maxNorm: number): ClippedGradients {
	const squares = gradients.map((gradient) => reduceSum(mul(gradient, gradient)));
	const norm = sqrt(sumPairwise(squares));
	return { norm, scale: min(div(maxNorm, add(norm, 1e-6)), 1) };
}

/** A balanced tree of additions: the error of a sum of n terms grows with log n, and no kernel binds n inputs. */
function sumPairwise(terms: readonly Value[]): Value {
	if (terms.length === 1) return terms[0]!;
	const middle = Math.ceil(terms.length / 2);
	return add(sumPairwise(terms.slice(0, middle)), sumPairwise(terms.slice(middle)));
}
