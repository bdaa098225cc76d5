/** Learning-rate schedules: pure functions of how far a run is. */
import { z } from "zod";

const common = {
	warmupSteps: z
		.int()
		.nonnegative()
		.default(60)
		.describe("Steps over which the rate grows linearly from 1/warmupSteps of its peak"),
	floor: z.number().min(0).max(1).default(0).describe("The share of the peak that is left at the end"),
};

export const scheduleSchema = z
	.discriminatedUnion("kind", [
		z.strictObject({ kind: z.literal("constant").describe("Stays at its peak after the warm-up"), ...common }),
		z.strictObject({ kind: z.literal("linear").describe("Falls in a line over the whole run"), ...common }),
		z.strictObject({
			kind: z.literal("cosine").describe("Falls as half a cosine (Loshchilov and Hutter 2017, eq. 5)"),
			...common,
		}),
		z.strictObject({
			kind: z.literal("warmupStableDecay").describe("Stays at its peak, then falls (Haegele et al. 2024)"),
			...common,
			decay: z.number().positive().max(1).default(0.2).describe("The share of the run over which the rate falls"),
			shape: z
				.enum(["sqrt", "linear"])
				.default("sqrt")
				.describe("1 - sqrt falls faster at first and ended lower than a line (Haegele et al. 2024, section 4.1)"),
		}),
	])
	.describe("The learning rate over the run, as a share of its peak");

export type Schedule = z.output<typeof scheduleSchema>;

/** How far a run is: whole steps done, and the done share of its budget (steps, tokens or time) in [0, 1]. */
export interface Progress {
	readonly step: number;
	readonly fraction: number;
}

/**
 * The factor in [0, 1] on the peak learning rate: the warm-up by steps times the fall by fraction. As a product it
 * is continuous whatever the budget is counted in.
 */
export function learningRateFactor(schedule: Schedule, progress: Progress): number {
	const { warmupSteps, floor } = schedule;
	const warmup = warmupSteps === 0 ? 1 : Math.min(1, (progress.step + 1) / warmupSteps);
	const fraction = Math.min(1, Math.max(0, progress.fraction));
	return warmup * (floor + (1 - floor) * fall(schedule, fraction));
}

/** From 1 at the start of the run to 0 at its end. */
function fall(schedule: Schedule, fraction: number): number {
	switch (schedule.kind) {
		case "constant":
			return 1;
		case "linear":
			return 1 - fraction;
		case "cosine": // Loshchilov and Hutter 2017, eq. 5
			return 0.5 * (1 + Math.cos(Math.PI * fraction));
		case "warmupStableDecay": {
			const into = Math.max(0, (fraction - (1 - schedule.decay)) / schedule.decay);
			return schedule.shape === "linear" ? 1 - into : 1 - Math.sqrt(into);
		}
	}
}
