import type { ModelDescriptions } from "../sidecar/protocol/outputs.ts";
import type { HeldOut } from "../sidecar/protocol/scores.ts";
import { unscored } from "../sidecar/protocol/unscored.ts";

/** The held-out scores that a model's own run wrote, if they are of the kind that is shown. */
export function heldOutOf(model: ModelDescriptions[number]): HeldOut | undefined {
	const scores = model.scores;
	if (scores === null || !("top1" in scores)) return undefined;
	const baselines = scores["baselines"];
	const isTable = typeof baselines === "object" && baselines !== null && !Array.isArray(baselines);
	// A model of another version may lack some: they read as not measured.
	return { ...unscored, ...scores, baselines: { ...unscored.baselines, ...(isTable ? baselines : {}) } };
}
