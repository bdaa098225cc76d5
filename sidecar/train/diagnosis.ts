import { firstBadOutputs } from "../autodiff/compile.ts";
import { download } from "../session/download.ts";
import { openSession } from "../session/session.ts";
import { floats } from "../session/tensor.ts";
import type { ModelState } from "./modelState.ts";
import { lossGraph, type StepSpec } from "./stepGraph.ts";
import type { TaskBatch } from "./tasks/trainingTask.ts";

/** The first tensor of a step, in the order of computation, that holds NaN or an infinity. */
export interface BadTensor {
	readonly tensor: string;
	readonly kind: "nan" | "infinite";
}

/**
 * Runs a step once more on the CPU with a flag for every tensor on the way, to name where it went
 * wrong: a parameter that is bad already, else the first bad intermediate value by its module path.
 * Undefined when all are finite, as after a jump of the loss.
 */
export async function findBadTensor(
	spec: StepSpec,
	state: ModelState,
	batch: TaskBatch,
): Promise<BadTensor | undefined> {
	const feeds = batch.feeds(0, 1);
	for (const [name, value] of state) {
		const copy = await download(value);
		const bad = floats(copy).find((element) => !Number.isFinite(element));
		if (bad !== undefined) return { tensor: name, kind: kindOf(bad) };
		feeds[name] = copy;
	}
	const { loss, gradients } = lossGraph(spec, 1);
	const { model, order } = firstBadOutputs([loss, ...gradients.values()]);
	const session = await openSession(model, { executionProvider: "cpu" });
	try {
		const flags = await session.run(feeds);
		for (const name of order) {
			const value = floats(flags[name]!)[0]!;
			if (!Number.isFinite(value)) return { tensor: name.replace(/^finite:/, ""), kind: kindOf(value) };
		}
		return undefined;
	} finally {
		await session.release();
	}
}

function kindOf(value: number): BadTensor["kind"] {
	return Number.isNaN(value) ? "nan" : "infinite";
}
