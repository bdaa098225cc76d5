import { add, div, matMul, mul, reduceSum, reshape, sqrt, sub, transpose } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import { type AdamWOptions, adamW } from "./adamW.ts";
import type { Optimizer, UpdateInput, UpdateOutput } from "./optimizer.ts";

export interface MuonOptions extends AdamWOptions {
	readonly momentum: number;
	readonly newtonSchulzSteps: number;
}

/**
 * Muon (Jordan 2024, kellerjordan.github.io/posts/muon) on hidden matrices, AdamW on everything else. The update of a
 * matrix is its Nesterov momentum made nearly orthogonal, times 0.2 sqrt(max(rows, columns)): that gives it the root
 * mean square of an AdamW update (Liu et al. 2025, "Muon is scalable for LLM training", eq. 4), so that one learning
 * rate and one weight decay serve both. The blocks of a fused matrix are orthogonalised each on its own.
 */
export function muon(options: MuonOptions): Optimizer {
	const other = adamW(options);
	return {
		stateSpecs: (spec) =>
			spec.matrix ? [{ name: `${spec.name}.momentum_buffer`, shape: spec.shape }] : other.stateSpecs(spec),
		hyperparameterInputs: ["muon.learning_rate", ...other.hyperparameterInputs],
		hyperparameters: (step, learningRate) => ({
			"muon.learning_rate": learningRate,
			...other.hyperparameters(step, learningRate),
		}),
		update: (input) => (input.spec.matrix ? updateMuon(input, options) : other.update(input)),
	};
}

function updateMuon(input: UpdateInput, options: MuonOptions): UpdateOutput {
	const { spec, parameter, gradient, gradientScale, state, hyper } = input;
	const [rows, columns] = [spec.shape[0]! / spec.blocks, spec.shape[1]!];
	const scaled = gradientScale === undefined ? gradient : mul(gradient, gradientScale);
	const buffer = add(mul(state[0]!, options.momentum), scaled);
	const nesterov = add(mul(buffer, options.momentum), scaled);
	const blocks = reshape(nesterov, [spec.blocks, rows, columns]);
	const direction = reshape(orthogonalize(blocks, options.newtonSchulzSteps), spec.shape);
	const rate = mul(hyper["muon.learning_rate"]!, 0.2 * Math.sqrt(Math.max(rows, columns)));
	const kept = options.weightDecay > 0 ? mul(parameter, hyper["weight_decay_factor"]!) : parameter;
	return { parameter: sub(kept, mul(direction, rate)), state: [buffer] };
}

/**
 * Pulls the singular values of each matrix of `stack` [count, rows, columns] towards 1 by a quintic Newton-Schulz
 * iteration X <- a X + (b A + c A^2) X, A = X X^T. The coefficients give the steepest slope at 0 and so land in about
 * [0.7, 1.2] rather than at 1, which does training no harm (Jordan 2024).
 */
function orthogonalize(stack: Value, steps: number): Value {
	const [a, b, c] = [3.4445, -4.775, 2.0315];
	const tall = stack.shape[1]! > stack.shape[2]!; // the smaller Gram matrix is the cheaper
	const wide = tall ? transpose(stack) : stack;
	const norm = add(sqrt(reduceSum(mul(wide, wide), [1, 2], true)), 1e-7);
	let x = div(wide, norm); // spectral norm at most 1
	for (let step = 0; step < steps; step++) {
		const gram = matMul(x, transpose(x));
		// onnxruntime folds each factor and the transpose into its product on the CPU, so they cost nothing.
		const polynomial = add(mul(gram, b), mul(matMul(gram, gram), c));
		x = add(mul(x, a), matMul(polynomial, x));
	}
	return tall ? transpose(x) : x;
}
