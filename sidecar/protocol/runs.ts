import * as z from "zod";
import { heldOutSchema } from "./scores.ts";

const count = z.number().int().nonnegative();

/** A run as views show it. */
export const runStatusSchema = z.object({
	run: z.string(),
	path: z.string().describe("The run's own folder, which names it"),
	recipe: z.string(),
	corpus: z.string().nullable().describe("What it reads, when the sidecar started it"),
	state: z
		.enum(["queued", "preparing", "running", "finishing", "done", "paused", "diverged", "interrupted", "failed", "new"])
		.describe(
			"`finishing` computes the closing scores; `interrupted` ended without a word and can go on; with a message it does so by itself",
		),
	stage: z.string().nullable().describe("While it prepares: reading, tokenizer, encoding or counting"),
	step: count,
	loss: z.number().nullable().describe("Of the last step, in nats"),
	secondsLeft: z.number().nonnegative().nullable(),
	tokensPerSecond: z.number().nonnegative().nullable(),
	progress: z.number().min(0).max(1).nullable().describe("Share of the budget that is spent"),
	memoryBytes: count.nullable().describe("Resident memory of the training process"),
	executionProvider: z.string().nullable(),
	message: z.string().nullable().describe("Why it failed or stopped, and what to do"),
	heldOut: heldOutSchema.nullable().describe("The last evaluation"),
	model: z.string().nullable().describe("The folder of its model, when it has one"),
	changedAt: z.string().nullable().optional().describe("ISO 8601: when it last said something"),
	own: z.boolean().describe("False while a terminal trains it: then it can be watched and paused"),
});

export type RunStatus = z.infer<typeof runStatusSchema>;
