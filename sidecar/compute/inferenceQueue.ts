/** Requests to a model that wait for its process, and which of them may begin. */
import type { MaskwrightError } from "../base/errors.ts";
import type { InferenceRequest, InferenceResult, ModelVersion } from "./inferenceMessages.ts";

/** A request that waits or is under way. */
export interface Pending {
	readonly asked: InferenceRequest;
	readonly resolve: (result: InferenceResult) => void;
	readonly reject: (error: MaskwrightError) => void;
	settled: boolean;
	/** Whether a process died under it. */
	retried: boolean;
}

/**
 * What may begin beside what is under way: one mask of an editor, the newest first, one request to embed, and one other
 * request, the oldest first. The process holds one model to embed and one for the rest: another model for the rest
 * waits until nothing else of the rest is under way.
 */
export function chooseNext(waiting: readonly Pending[], underWay: readonly Pending[]): Pending | undefined {
	const fits = (pending: Pending): boolean =>
		underWay.every((other) => {
			const [lane, taken] = [laneOf(pending), laneOf(other)];
			if (lane === taken) return false;
			return lane === "embed" || taken === "embed" || sameModel(other.asked.model, pending.asked.model);
		});
	return waiting.findLast((pending) => laneOf(pending) === "editor" && fits(pending)) ?? waiting.find(fits);
}

function laneOf({ asked }: Pending): "editor" | "embed" | "other" {
	if (asked.kind === "embed") return "embed";
	return asked.kind === "fill" && asked.request.around !== undefined ? "editor" : "other";
}

function sameModel(a: ModelVersion, b: ModelVersion): boolean {
	return a.folder === b.folder && a.version === b.version;
}
