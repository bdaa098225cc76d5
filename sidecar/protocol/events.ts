import * as z from "zod";
import { heldOutSchema } from "./scores.ts";

const step = z.number().int().nonnegative().describe("Optimizer steps taken");
const count = z.number().int().nonnegative();

/** What a run says while it trains, one JSON object a line. */
export const trainingEventSchemas = {
	run: z
		.object({
			event: z.literal("run"),
			run: z.string().describe("The run's name"),
			path: z.string().describe("The run's own folder"),
			recipe: z.string(),
			seed: count,
			device: z.string().describe("The device that was asked for or chosen"),
			executionProvider: z.string(),
			threads: z.number().int().positive().nullable().describe("CPU threads, or null where the device decides"),
		})
		.describe("First event of a run"),
	corpus: z
		.object({
			event: z.literal("corpus"),
			files: count.describe("Files taken, those held out included"),
			heldOutFiles: count,
			tokens: count.describe("Tokens to train on"),
			wasted: z.number().min(0).max(1).describe("Share of the packed rows that is padding"),
			vocabulary: z
				.object({
					size: count.describe("Tokens that the corpus supports, and the vocabulary has"),
					asked: count.describe("Tokens that the recipe asks for"),
				})
				.optional()
				.describe("Where a small corpus got a smaller vocabulary than its recipe asks for"),
		})
		.describe("The corpus is read, tokenized and packed"),
	step: z
		.object({
			event: z.literal("step"),
			step: z.number().int().positive(),
			loss: z.number().describe("Mean loss of the batch, in nats, at full precision"),
			learningRate: z.number().nonnegative(),
			gradientNorm: z.number().nonnegative().describe("Before clipping"),
			tokens: count.describe("Tokens seen since step 0"),
			tokensPerSecond: z.number().nonnegative(),
			secondsLeft: z.number().nonnegative().nullable().describe("Null until it can be told"),
			phase: z.string().optional().describe("The phase it was taken in, where the recipe has phases"),
			seconds: z.number().nonnegative().optional().describe("Running time since step 0, pauses left out"),
			memoryBytes: count.optional().describe("Resident memory of the training process"),
		})
		.describe("One optimizer step"),
	phase: z
		.object({
			event: z.literal("phase"),
			step: z.number().int().positive().describe("The first step of the phase"),
			phase: z.string().describe("Its name in the recipe"),
			objective: z.string(),
			attention: z.string().describe("What a token sees of its document: `full` or `causal`"),
		})
		.describe("A phase of the recipe begins: the objective changes, weights and optimizer state do not"),
	evaluation: heldOutSchema
		.extend({ event: z.literal("evaluation"), step })
		.describe("Scores on the held-out documents after a step"),
	checkpoint: z
		.object({ event: z.literal("checkpoint"), step, path: z.string() })
		.describe("A checkpoint stands on the disk"),
	paused: z.object({ event: z.literal("paused"), step }).describe("Stopped by the user; `resume` goes on"),
	diverged: z
		.object({
			event: z.literal("diverged"),
			step,
			tensor: z.string().describe("The first bad tensor"),
			kind: z.enum(["nan", "infinite", "jump"]).describe("`jump` is a tenfold loss"),
		})
		.describe("The run stopped itself; the last good checkpoint is kept"),
	outOfMemory: z
		.object({ event: z.literal("outOfMemory"), microBatch: z.number().int().positive() })
		.describe("The micro-batch was halved to `microBatch` rows; the effective batch stays"),
	done: z
		.object({
			event: z.literal("done"),
			run: z.string(),
			path: z.string(),
			model: z.string().describe("The folder of the trained model"),
			steps: count,
			modelStep: count.optional().describe("The step that the model's weights are of, where it is not the last"),
			seconds: z.number().nonnegative(),
			tokens: count,
			heldOut: heldOutSchema,
			peakMemoryBytes: count.describe("The most memory that the training process held"),
		})
		.describe("Last event of a run"),
} as const;

/** Any event of a run. */
export const trainingEventSchema = z.discriminatedUnion("event", [
	trainingEventSchemas.run,
	trainingEventSchemas.corpus,
	trainingEventSchemas.step,
	trainingEventSchemas.phase,
	trainingEventSchemas.evaluation,
	trainingEventSchemas.checkpoint,
	trainingEventSchemas.paused,
	trainingEventSchemas.diverged,
	trainingEventSchemas.outOfMemory,
	trainingEventSchemas.done,
]);

export type TrainingEvent = z.infer<typeof trainingEventSchema>;

/** The event of one kind, such as `TrainingEventOf<"step">`. */
export type TrainingEventOf<Kind extends TrainingEvent["event"]> = Extract<TrainingEvent, { event: Kind }>;
