import { z } from "zod";
import { MaskwrightError } from "../base/errors.ts";
import { download } from "../session/download.ts";
import { floats, tensor } from "../session/tensor.ts";
import { type Checkpoint, pruneCheckpoints, writeCheckpoint } from "../store/checkpoints.ts";
import type { HostTensor } from "../store/safetensors.ts";
import type { ModelState } from "./modelState.ts";

/** What a checkpoint holds beside tensors: all that the rest of the run depends on. */
export const trainingStateSchema = z.strictObject({
	steps: z.int().min(0),
	/** Tokens seen, padding included. */
	tokens: z.int().min(0),
	/** Seconds of running time, pauses left out. */
	seconds: z.number().min(0),
	guard: z.strictObject({ average: z.number(), steps: z.int().min(0) }),
	/**
	 * The lowest held-out loss so far and how many evaluations ago it was; null before the first. `step` names the
	 * checkpoint with those weights, where early stopping may want them back.
	 */
	best: z
		.strictObject({
			loss: z.number(),
			evaluationsAgo: z.int().min(0),
			step: z.int().min(0).nullable().default(null),
		})
		.nullable(),
	microBatches: z.int().min(1),
	/** The phase of the recipe that the last step was taken in; null before the first and where there are no phases. */
	phase: z.string().nullable().default(null),
});

export type TrainingState = z.infer<typeof trainingStateSchema>;

/** The state of a run before its first step. */
export function freshTrainingState(microBatches: number): TrainingState {
	return { steps: 0, tokens: 0, seconds: 0, guard: { average: 0, steps: 0 }, best: null, microBatches, phase: null };
}

/** Copies the state off the device and writes it; returns the checkpoint's folder. Checkpoints of the best weights stay. */
export async function saveCheckpoint(
	runFolder: string,
	{
		parameterNames,
		model,
		state,
		keep,
	}: { parameterNames: ReadonlySet<string>; model: ModelState; state: TrainingState; keep: number },
): Promise<string> {
	const parameters = new Map<string, HostTensor>();
	const optimizer = new Map<string, HostTensor>();
	for (const [name, value] of model) {
		const copy = { data: floats(await download(value)), shape: value.shape };
		(parameterNames.has(name) ? parameters : optimizer).set(name, copy);
	}
	const path = writeCheckpoint(runFolder, state.steps, { model: parameters, optimizer, state });
	pruneCheckpoints(runFolder, keep, (kept) => trainingStateSchema.safeParse(kept).data?.best?.step ?? undefined);
	return path;
}

/** The tensors and state of a checkpoint; throws `checkpointInvalid` when the state is not one of ours. */
export function restoreCheckpoint(checkpoint: Checkpoint): { model: ModelState; state: TrainingState } {
	const parsed = trainingStateSchema.safeParse(checkpoint.state);
	if (!parsed.success) {
		throw new MaskwrightError(
			"checkpointInvalid",
			`The checkpoint ${checkpoint.path} was written by another version of Maskwright. Train again, or go on with that version.`,
		);
	}
	const model: ModelState = new Map();
	for (const [name, { data, shape }] of [...checkpoint.model, ...checkpoint.optimizer]) {
		// A copy of its own: the file's buffer is one piece, and buffers of steps are written again.
		model.set(name, tensor(Float32Array.from(data as Float32Array), shape));
	}
	return { model, state: parsed.data };
}
