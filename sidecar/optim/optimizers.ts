/** The table of optimizers that a recipe names. */
import { z } from "zod";
import { adamW } from "./adamW.ts";
import { muon } from "./muon.ts";
import type { Optimizer } from "./optimizer.ts";

const adamWFields = {
	beta1: z.number().min(0).lt(1).default(0.9).describe("AdamW's decay of the mean of gradients"),
	// The loss of short runs is noisy, and 0.999 remembers too long.
	beta2: z.number().min(0).lt(1).default(0.98).describe("AdamW's decay of the mean of squared gradients"),
	epsilon: z.number().positive().default(1e-8).describe("AdamW's term beside the root of the mean square"),
	weightDecay: z
		.number()
		.nonnegative()
		.default(0.01)
		.describe("Decoupled weight decay (Loshchilov and Hutter 2019), times the learning rate; on matrices alone"),
};

export const optimizerSchema = z
	.discriminatedUnion("kind", [
		z.strictObject({
			kind: z.literal("adamw").describe("AdamW (Loshchilov and Hutter 2019, algorithm 2)"),
			...adamWFields,
		}),
		z.strictObject({
			kind: z.literal("muon").describe("Muon on hidden matrices (Jordan 2024), AdamW on everything else"),
			...adamWFields,
			momentum: z.number().min(0).lt(1).default(0.95).describe("Muon's Nesterov momentum (Jordan 2024)"),
			newtonSchulzSteps: z
				.int()
				.positive()
				.default(5)
				.describe("Iterations that make Muon's update nearly orthogonal (Jordan 2024)"),
		}),
	])
	.describe("The optimizer, with its settings");

export type OptimizerConfig = z.output<typeof optimizerSchema>;

const optimizers: {
	readonly [Kind in OptimizerConfig["kind"]]: (config: OptimizerConfig & { kind: Kind }) => Optimizer;
} = {
	adamw: adamW,
	muon,
};

/** The optimizer that `config` describes. */
export function createOptimizer(config: OptimizerConfig): Optimizer {
	return config.kind === "muon" ? optimizers.muon(config) : optimizers.adamw(config);
}
