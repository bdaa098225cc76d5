/** What is told of a run that the guard stopped. */
import { isError, MaskwrightError } from "../base/errors.ts";
import type { TrainingEventOf } from "../protocol/events.ts";
import { findBadTensor } from "./diagnosis.ts";
import type { ModelState } from "./modelState.ts";
import type { StepSpec } from "./stepGraph.ts";
import type { StepResult } from "./stepper.ts";
import type { TaskBatch } from "./tasks/trainingTask.ts";

/** Which tensor broke down in a step that the guard refused, and how; the loss where none can be told. */
export async function divergenceOf(
	{ loss, gradientNorm }: StepResult,
	{ spec, state, batch }: { readonly spec: StepSpec; readonly state: ModelState; readonly batch: TaskBatch },
): Promise<Pick<TrainingEventOf<"diverged">, "tensor" | "kind">> {
	const bad = await findBadTensor(spec, state, batch).catch((error: unknown) => {
		if (isError(error, "outOfMemory")) return undefined;
		throw error;
	});
	const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
	const kind = bad?.kind ?? (finite ? "jump" : Number.isNaN(loss) ? "nan" : "infinite");
	return { tensor: bad?.tensor ?? "loss", kind };
}

/** Says what to do about a run that the guard stopped; the event before it names the tensor. */
export function divergedError(step: number, folder: string): MaskwrightError {
	return new MaskwrightError(
		"diverged",
		`Training broke down at step ${step}; the last good checkpoint is kept. Go on from it with a lower learning rate: maskwright resume ${folder} --set train.learningRate=...`,
	);
}
