import { restartsItself } from "../../sidecar/protocol/restartsItself.ts";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import type { HeldOut } from "../../sidecar/protocol/scores.ts";
import { formatBytes, formatDuration, formatRank, formatShare, plainMarkdown } from "../format.ts";
import type { L10n } from "../l10n.ts";
import { allows, type RunAction } from "../runStates.ts";

/** The codicon of a run's state with the id of its colour, if it has one. */
export const runIcons: Readonly<Record<RunStatus["state"], { icon: string; color?: string }>> = {
	queued: { icon: "clock" },
	preparing: { icon: "loading~spin" },
	running: { icon: "sync~spin", color: "charts.blue" },
	finishing: { icon: "loading~spin" },
	done: { icon: "pass", color: "testing.iconPassed" },
	paused: { icon: "debug-pause", color: "charts.yellow" },
	diverged: { icon: "warning", color: "list.warningForeground" },
	interrupted: { icon: "debug-disconnect", color: "list.warningForeground" },
	failed: { icon: "error", color: "list.errorForeground" },
	new: { icon: "circle-outline" },
};

/** One word or two on a run's state. */
function runState(run: RunStatus, l10n: L10n): string {
	switch (run.state) {
		case "queued":
			return l10n.t("waiting");
		case "preparing":
			return preparing(run, l10n);
		case "running":
			return l10n.t("training");
		case "finishing":
			return l10n.t("scoring");
		case "done":
			return l10n.t("done");
		case "paused":
			return l10n.t("paused");
		case "diverged":
			return l10n.t("diverged");
		case "interrupted":
			return restartsItself(run) ? l10n.t("starting again") : l10n.t("interrupted");
		case "failed":
			return l10n.t("failed");
		case "new":
			return l10n.t("not started");
	}
}

/** What stands beside a run's name: state, share, step, loss, time left. */
export function runDescription(run: RunStatus, l10n: L10n): string {
	const parts = [runState(run, l10n)];
	if (run.state === "running" || run.state === "paused") {
		if (run.progress !== null) parts.push(`${Math.floor(run.progress * 100)}%`);
	}
	if (run.state === "running" && run.secondsLeft !== null)
		parts.push(l10n.t("{0} left", formatDuration(run.secondsLeft)));
	if (run.state === "done" && run.heldOut !== null) parts.push(scoreInShort(run.heldOut, l10n));
	else if (run.step > 0) {
		parts.push(l10n.t("step {0}", run.step));
		if (run.loss !== null) parts.push(l10n.t("loss {0}", run.loss.toFixed(2)));
	}
	return parts.join(" · ");
}

/** All that is known of a run, as Markdown. */
export function runTooltip(run: RunStatus, l10n: L10n): string {
	const facts: (readonly [string, string | null])[] = [
		[l10n.t("Recipe"), run.recipe],
		[l10n.t("Corpus"), run.corpus],
		[l10n.t("Step"), String(run.step)],
		[l10n.t("Loss"), run.loss === null ? null : `${run.loss.toFixed(3)} nats`],
		[l10n.t("Speed"), run.tokensPerSecond === null ? null : l10n.t("{0} tokens/s", Math.round(run.tokensPerSecond))],
		[l10n.t("Device"), run.executionProvider],
		[l10n.t("Memory"), run.memoryBytes === null ? null : formatBytes(run.memoryBytes)],
		[l10n.t("Folder"), run.path],
	];
	const own = run.own || !["running", "preparing", "finishing"].includes(run.state);
	return [
		`**${plainMarkdown(run.run)}** — ${plainMarkdown(runDescription(run, l10n))}`,
		...(run.message === null ? [] : [plainMarkdown(run.message)]),
		...(own ? [] : [l10n.t("A terminal trains it: it can be watched here and is paused there with Ctrl+C.")]),
		table(facts),
		...(run.heldOut === null ? [] : [scoresTable(run.heldOut, l10n)]),
	].join("\n\n");
}

/** The one score that a list shows, of what the model was trained for; else the share of its first guesses that are right. */
export function scoreInShort(heldOut: HeldOut, l10n: L10n): string {
	const { search, detection, region, top1 } = heldOut;
	if (search !== undefined) return l10n.t("MRR {0}", formatRank(search.asIs.hybrid?.mrr));
	if (detection !== undefined) return l10n.t("AUROC {0}", formatRank(detection.auroc));
	if (answersLabels(heldOut)) return l10n.t("{0} of labels right", formatShare(region?.top1 ?? null));
	return l10n.t("top-1 {0}", formatShare(top1));
}

/** Whether a run learned to answer with a label: exactly one token of each record is predicted. */
export function answersLabels({ region }: HeldOut): boolean {
	return region !== undefined && region.tokens === region.records && region.records > 0;
}

/** What a run has brought, in a sentence. */
export function outcomeText({ run, heldOut }: RunStatus, l10n: L10n): string {
	if (heldOut === null) return l10n.t("{0} is trained.", run);
	const { top1, top5, before, baselines, detection, region } = heldOut;
	if (detection !== undefined) {
		return l10n.t(
			"{0} is trained and finds suspicious tokens: on held-out files {1} of the replaced ones, at 1 false alarm in 100 tokens.",
			run,
			formatShare(detection.recall),
		);
	}
	if (region !== undefined) {
		const facts = [run, formatShare(region.top1), region.records] as const;
		return answersLabels(heldOut)
			? l10n.t(
					"{0} has learned the labels: {1} of its answers on {2} held-out records are right. Classify Selection takes it.",
					...facts,
				)
			: l10n.t(
					"{0} has learned from these records: {1} of the tokens that {2} held-out ones hide are right.",
					...facts,
				);
	}
	if (before === undefined) {
		return l10n.t(
			"{0} is trained and fills [MASK]: on held-out files {1} of its first guesses are right, and {2} are among five.",
			run,
			formatShare(top1),
			formatShare(top5),
		);
	}
	return l10n.t(
		"{0} has learned from this code: on held-out files {1} of its first guesses are right, where {2} were before and {3} are by counts alone.",
		run,
		formatShare(top1),
		formatShare(before.top1),
		formatShare(baselines.cacheTop1),
	);
}

type ModelScores = NonNullable<HeldOut["before"]>;

/** Held-out scores beside those before the run, where it went on from a model, and of simple counts or words alone, as a Markdown table. */
export function scoresTable(scores: HeldOut, l10n: L10n): string {
	if (scores.search !== undefined) return searchTable(scores.search, l10n);
	const { baselines, before } = scores;
	const was = (text: (of: ModelScores) => string): string => (before === undefined ? "" : ` ${text(before)} |`);
	const row = (name: string, text: (of: ModelScores) => string, counts: string): string =>
		`| ${name} |${was(text)} ${text(scores)} | ${counts} |`;
	const head = before === undefined ? l10n.t("Model") : `${l10n.t("Before")} | ${l10n.t("After")}`;
	return [
		`| ${l10n.t("On held-out files")} | ${head} | ${l10n.t("Counts alone")} |`,
		`|:--|--:|${before === undefined ? "" : "--:|"}--:|`,
		row(l10n.t("First guess right"), ({ top1 }) => formatShare(top1), formatShare(baselines.cacheTop1)),
		row(l10n.t("Among five guesses"), ({ top5 }) => formatShare(top5), formatShare(baselines.cacheTop5)),
		row(l10n.t("Words, first guess"), ({ wordTop1 }) => formatShare(wordTop1), formatShare(baselines.cacheWordTop1)),
		row(l10n.t("Whole identifiers, first guess"), ({ identifierTop1 }) => formatShare(identifierTop1), "–"),
		row(l10n.t("Loss"), ({ loss }) => (loss === null ? "–" : loss.toFixed(3)), "–"),
	].join("\n");
}

function searchTable({ asIs, nameless, before }: NonNullable<HeldOut["search"]>, l10n: L10n): string {
	const row = (name: string, ...scores: ({ readonly mrr: number } | null | undefined)[]) =>
		`| ${name} | ${scores.map((score) => formatRank(score?.mrr)).join(" | ")} |`;
	return [
		`| ${l10n.t("MRR on held-out functions")} | ${l10n.t("Words")} | ${l10n.t("Model")} | ${l10n.t("Both")} |`,
		"|:--|--:|--:|--:|",
		row(l10n.t("Before training"), undefined, before?.encoder, before?.hybrid),
		row(l10n.t("After training"), asIs.bm25, asIs.encoder, asIs.hybrid),
		row(l10n.t("After training, names hidden"), nameless.bm25, nameless.encoder, nameless.hybrid),
	].join("\n");
}

/** What a screen reader says for a run. */
export function runSpoken(run: RunStatus, l10n: L10n): string {
	return l10n.t("Run {0}, {1}", run.run, runDescription(run, l10n).replaceAll(" · ", ", "));
}

/** The context value that menus test, such as `run canPause hasCurves`. */
export function runContext(run: RunStatus): string {
	const words: (readonly [RunAction, string])[] = [
		["pause", "canPause"],
		["resume", "canResume"],
		["stop", "canStop"],
		["discard", "canDiscard"],
		["curves", "hasCurves"],
	];
	return ["run", ...words.filter(([action]) => allows(run, action)).map(([, word]) => word)].join(" ");
}

/** A Markdown table without a head; facts that are null are left out. */
export function table(facts: readonly (readonly [string, string | null])[]): string {
	const rows = facts.flatMap(([name, value]) => (value === null ? [] : [`| ${name} | ${plainMarkdown(value)} |`]));
	return ["| | |", "|:--|:--|", ...rows].join("\n");
}

function preparing(run: RunStatus, l10n: L10n): string {
	switch (run.stage) {
		case "reading":
			return l10n.t("reading files");
		case "tokenizer":
			return l10n.t("learning the vocabulary");
		case "encoding":
			return l10n.t("encoding");
		case "counting":
			return l10n.t("counting");
		default:
			return l10n.t("preparing");
	}
}
