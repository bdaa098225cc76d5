/** The table of optimizers that a recipe names. */
import { z } from "zod";
import { adamW } from "./adamW.ts";
import { muon } from "./muon.ts";
import type { Optimizer } from "./optimizer.ts";

const adamWFields = {
	beta1: z.number().min(0).lt(1).default(0.9),
	beta2: z.number().min(0).lt(1).default(0.98), // the loss of short runs is noisy, and 0.999 remembers too long
	epsilon: z.number().positive().default(1e-8),
	weightDecay: z.number().nonnegative().default(0.01),
};

export const optimizerSchema = z.discriminatedUnion("kind", [
	z.strictObject({ kind: z.literal("adamw"), ...adamWFields }),
	z.strictObject({
		kind: z.literal("muon"),
		...adamWFields,
		momentum: z.number().min(0).lt(1).default(0.95), // Jordan 2024
		newtonSchulzSteps: z.int().positive().default(5), // Jordan 2024
	}),
]);

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
