import { add, div, mul, sqrt, sub } from "../autodiff/functions.ts";
import type { Value } from "../autodiff/value.ts";
import type { ParameterSpec } from "../model/parameters.ts";
import { type Optimizer, type UpdateInput, type UpdateOutput, updateScope } from "./optimizer.ts";

export interface AdamWOptions {
	readonly beta1: number;
	readonly beta2: number;
	readonly epsilon: number;
	readonly weightDecay: number;
}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2), decay on `spec.decay` only. The host folds the bias corrections
 * into two scalars: with t = step + 1, p' = p (1 - lr wd) - stepSize m' / (sqrt(v') + epsilon sqrt(1 - beta2^t)) where
 * stepSize = lr sqrt(1 - beta2^t) / (1 - beta1^t), which is the paper's update exactly.
 */
export function adamW(options: AdamWOptions): Optimizer {
	return {
		stateSpecs: ({ name, shape }: ParameterSpec) => [
			{ name: `${name}.exp_avg`, shape },
			{ name: `${name}.exp_avg_sq`, shape },
		],
		hyperparameterInputs: ["adamw.step_size", "adamw.epsilon", "weight_decay_factor"],
		hyperparameters: (step, learningRate) => {
			const correction1 = 1 - options.beta1 ** (step + 1);
			const correction2 = Math.sqrt(1 - options.beta2 ** (step + 1));
			return {
				"adamw.step_size": (learningRate * correction2) / correction1,
				"adamw.epsilon": options.epsilon * correction2,
				weight_decay_factor: 1 - learningRate * options.weightDecay,
			};
		},
		update: (inputs) => inputs.map((input) => updateScope(input, () => updateAdamW(input, options))),
	};
}

function updateAdamW(input: UpdateInput, { beta1, beta2, weightDecay }: AdamWOptions): UpdateOutput {
	const { spec, parameter, gradient, gradientScale, state, hyper } = input;
	const [average, averageSquare] = state as [Value, Value];
	const share1 = gradientScale === undefined ? 1 - beta1 : mul(gradientScale, 1 - beta1);
	const share2 = gradientScale === undefined ? 1 - beta2 : mul(mul(gradientScale, gradientScale), 1 - beta2);
	const nextAverage = add(mul(average, beta1), mul(gradient, share1));
	const nextAverageSquare = add(mul(averageSquare, beta2), mul(mul(gradient, gradient), share2));
	const step = div(mul(nextAverage, hyper["adamw.step_size"]!), add(sqrt(nextAverageSquare), hyper["adamw.epsilon"]!));
	const decays = spec.decay && weightDecay > 0;
	const kept = decays ? mul(parameter, hyper["weight_decay_factor"]!) : parameter;
	return { parameter: sub(kept, step), state: [nextAverage, nextAverageSquare] };
}
