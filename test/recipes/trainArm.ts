import { join } from "node:path";
import { runTraining } from "../../sidecar/compute/runTraining.ts";
import type { TrainingEvent } from "../../sidecar/protocol/events.ts";
import type { Recipe } from "../../sidecar/train/recipe.ts";

/** A run that is done: its scores, and the folder of its model. */
export type TrainedArm = Extract<TrainingEvent, { event: "done" }>;

/** Trains a recipe on a corpus in this process, on one thread of the CPU, as the command line would. */
export async function trainArm(
	recipe: Recipe,
	{ corpus, from, folder }: { readonly corpus: string; readonly from?: string; readonly folder: string },
): Promise<TrainedArm> {
	let done: TrainedArm | undefined;
	const never = new AbortController().signal;
	await runTraining(
		{
			kind: "train",
			recipe,
			corpus,
			out: join(folder, `${recipe.name}-${recipe.train.seed}`),
			device: "cpu",
			threads: 1,
			...(from === undefined ? {} : { from }),
		},
		{
			emit: (event) => {
				if (event.event === "done") done = event;
			},
			preparing: () => undefined,
			finishing: () => undefined,
			warn: (message) => console.error(message),
			pause: never,
			finish: never,
		},
	);
	if (done === undefined) throw new Error(`${recipe.name} did not end.`);
	return done;
}
