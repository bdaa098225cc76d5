import { z } from "zod";

/** How long a run goes on: exactly one of steps, tokens or minutes. */
export const budgetSchema = z
	.union([
		z.strictObject({ steps: z.int().min(1).describe("Optimizer steps") }),
		z.strictObject({ tokens: z.int().min(1).describe("Tokens seen, padding counted") }),
		z.strictObject({ minutes: z.number().positive().describe("Minutes of running time, pauses left out") }),
	])
	.describe("How long a run goes on: one of steps, tokens and minutes");

export type Budget = z.infer<typeof budgetSchema>;

/** What a run has spent: optimizer steps, tokens seen (padding included), and seconds of running time. */
export interface Spent {
	steps: number;
	tokens: number;
	seconds: number;
}

/** The share of the budget that is spent, between 0 and 1; schedules and the time left are functions of it. */
export function progress(budget: Budget, spent: Spent): number {
	if ("steps" in budget) return Math.min(1, spent.steps / budget.steps);
	if ("tokens" in budget) return Math.min(1, spent.tokens / budget.tokens);
	return Math.min(1, spent.seconds / (budget.minutes * 60));
}

/** Seconds until the budget is spent, at `tokensPerSecond` and `batchTokens` tokens a step. */
export function secondsLeft(
	budget: Budget,
	spent: Spent,
	rate: { tokensPerSecond: number; batchTokens: number },
): number {
	if ("minutes" in budget) return Math.max(0, budget.minutes * 60 - spent.seconds);
	const total = "tokens" in budget ? budget.tokens : budget.steps * rate.batchTokens;
	const done = "tokens" in budget ? spent.tokens : spent.steps * rate.batchTokens;
	return rate.tokensPerSecond > 0 ? Math.max(0, total - done) / rate.tokensPerSecond : 0;
}
