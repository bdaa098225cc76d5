import type { TrainingEvent } from "../sidecar/protocol/events.ts";
import { formatBytes, formatCount, formatDuration, formatShare } from "./format.ts";
import type { L10n } from "./l10n.ts";

/** An event of a run as a line for a terminal. */
export function eventLine(event: TrainingEvent, l10n: L10n): string {
	switch (event.event) {
		case "run":
			return l10n.t("{0}: recipe {1}, seed {2}, on {3}", event.run, event.recipe, event.seed, event.executionProvider);
		case "corpus":
			return [
				l10n.t("{0} files, {1} tokens; {2} files held out", event.files, formatCount(event.tokens), event.heldOutFiles),
				...(event.vocabulary === undefined
					? []
					: [
							l10n.t(
								"a vocabulary of {0} tokens, all that they support; the recipe asks for {1}",
								formatCount(event.vocabulary.size),
								formatCount(event.vocabulary.asked),
							),
						]),
			].join("; ");
		case "step":
			return [
				l10n.t("step {0}", event.step),
				l10n.t("loss {0}", event.loss.toFixed(3)),
				l10n.t("{0} tokens/s", Math.round(event.tokensPerSecond)),
				...(event.secondsLeft === null ? [] : [l10n.t("{0} left", formatDuration(event.secondsLeft))]),
			].join("  ");
		case "phase":
			return l10n.t(
				"phase {0} from step {1}: {2}, {3} attention",
				event.phase,
				event.step,
				event.objective,
				event.attention,
			);
		case "evaluation":
			return l10n.t(
				"held out at step {0}: loss {1}, top-1 {2}, top-5 {3}",
				event.step,
				event.loss?.toFixed(3) ?? "–",
				formatShare(event.top1),
				formatShare(event.top5),
			);
		case "checkpoint":
			return l10n.t("checkpoint at step {0}", event.step);
		case "paused":
			return l10n.t("paused at step {0}; Resume Run goes on", event.step);
		case "diverged":
			return l10n.t("diverged at step {0} in {1}; the last good checkpoint is kept", event.step, event.tensor);
		case "outOfMemory":
			return l10n.t("out of memory: going on with {0} rows at a time", event.microBatch);
		case "done":
			return l10n.t(
				"done after {0} steps, {1}, at most {2}: top-1 {3}, top-5 {4}. Model: {5}",
				event.steps,
				formatDuration(event.seconds),
				formatBytes(event.peakMemoryBytes),
				formatShare(event.heldOut.top1),
				formatShare(event.heldOut.top5),
				event.model,
			);
	}
}
