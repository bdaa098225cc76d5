import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import type { IndexStatus } from "../../sidecar/protocol/search.ts";
import type { SidecarStatus } from "../../sidecar/protocol/sidecarStatus.ts";
import { formatBytes, formatDuration, plainMarkdown } from "../format.ts";
import type { L10n } from "../l10n.ts";
import type { SidecarState } from "../sidecar/connection.ts";
import { table } from "../views/runTexts.ts";
import { indexText } from "./indexTexts.ts";

/** What the status bar speaks of. */
export interface StatusFacts {
	readonly state: SidecarState;
	readonly status: SidecarStatus | undefined;
	/** The run that trains, else one that waits. */
	readonly run: RunStatus | undefined;
	/** Of the window's folders. */
	readonly indexes: readonly IndexStatus[];
	/** Why the state is `failed`: a sentence and perhaps the last lines of the log. */
	readonly failure: { readonly message: string; readonly detail: string | undefined } | undefined;
	/** The machine's name in remote windows. */
	readonly remote: boolean;
}

/** The text of the status bar item, with codicons. */
export function statusText({ state, status, run }: StatusFacts, l10n: L10n): string {
	if (state === "failed") return `$(error) ${l10n.t("Maskwright: no sidecar")}`;
	if (state === "starting") return `$(loading~spin) ${l10n.t("Maskwright: starting")}`;
	if (state === "stopped") return "$(circle-outline) Maskwright";
	if (run !== undefined) return `$(sync~spin) ${trainingText(run, l10n)}`;
	if (status?.model == null) return `$(circle-slash) ${l10n.t("Maskwright: no model")}`;
	return `$(check) ${shorten(status.model.name)}`;
}

/** The same for a screen reader. */
export function statusSpoken(facts: StatusFacts, l10n: L10n): string {
	const text = statusText(facts, l10n)
		.replace(/^\$\([^)]*\) /, "")
		.replaceAll(" · ", ", ");
	const ready = facts.state === "ready" && facts.run === undefined && facts.status?.model != null;
	return ready ? l10n.t("Maskwright fills masks with {0}", text) : text;
}

/** What the tooltip says, as Markdown; `command:` links at its end. */
export function statusTooltip(facts: StatusFacts, l10n: L10n): string {
	const { state, status, run, failure } = facts;
	const lines: string[] = ["**Maskwright**"];
	if (state === "failed" && failure !== undefined) {
		lines.push(plainMarkdown(failure.message), suggestion(failure.message, l10n));
		if (failure.detail !== undefined)
			lines.push(`\`\`\`text\n${lastLines(failure.detail).replaceAll("```", "'''")}\n\`\`\``);
	}
	if (state === "stopped") lines.push(l10n.t("The sidecar, which trains and fills, starts with its first use."));
	if (state === "starting") lines.push(l10n.t("The sidecar is starting."));
	if (run !== undefined) lines.push(`$(sync) ${plainMarkdown(`${run.run}: ${trainingText(run, l10n)}`)}`);
	if (status !== undefined) lines.push(statusTable(facts, status, l10n));
	lines.push(
		statusLinks(facts, l10n)
			.map(({ title, command }) => `[${title}](command:${command})`)
			.join(" · "),
	);
	return lines.join("\n\n");
}

/** The commands that fit the state, as the tooltip links them and the quick pick lists them. */
export function statusLinks({ state, status, run }: StatusFacts, l10n: L10n): { title: string; command: string }[] {
	const train = { title: l10n.t("Train on This Workspace"), command: "maskwright.train" };
	const curves = { title: l10n.t("Show Loss Curves"), command: "maskwright.showLossCurves" };
	const log = { title: l10n.t("Show Log"), command: "maskwright.showLog" };
	if (state === "failed") return [log, { title: l10n.t("Start Sidecar"), command: "maskwright.startSidecar" }];
	if (state !== "ready" || status === undefined) return [train, log];
	const doctor = { title: l10n.t("Why This Device"), command: "maskwright.doctor" };
	if (run === undefined) return [train, doctor, log];
	return [curves, { title: l10n.t("Pause"), command: "maskwright.pauseRun" }, doctor, log];
}

function trainingText(run: RunStatus, l10n: L10n): string {
	if (run.state === "queued") return l10n.t("Waiting to train");
	if (run.state === "preparing") return l10n.t("Preparing to train");
	if (run.state === "finishing") return l10n.t("Scoring the model");
	if (run.state === "interrupted") return l10n.t("Training starts again");
	const parts = [run.progress === null ? l10n.t("Training") : l10n.t("Training {0}%", Math.floor(run.progress * 100))];
	parts.push(l10n.t("step {0}", run.step));
	if (run.secondsLeft !== null) parts.push(l10n.t("{0} left", formatDuration(run.secondsLeft)));
	return parts.join(" · ");
}

function statusTable({ remote, run, indexes }: StatusFacts, status: SidecarStatus, l10n: L10n): string {
	const { model, executionProvider } = status;
	return table([
		[l10n.t("Model"), model === null ? l10n.t("none yet: train one") : modelText(model, l10n)],
		[l10n.t("Code index"), indexText(indexes, l10n) ?? null],
		[l10n.t("Device"), executionProvider ?? run?.executionProvider ?? null],
		[l10n.t("Memory"), formatBytes(status.memoryBytes)],
		[l10n.t("Process"), `${status.pid}, ${l10n.t("version {0}", status.version)}`],
		[l10n.t("Windows"), String(status.clients)],
		[l10n.t("Machine"), remote ? status.host : null],
	]);
}

/** The model in use, where it is from, and whether it is in memory. */
function modelText({ name, loaded, boxed }: NonNullable<SidecarStatus["model"]>, l10n: L10n): string {
	const origin = boxed === true ? [l10n.t("comes with Maskwright")] : [];
	return [name, ...origin, loaded ? l10n.t("in memory") : l10n.t("read at first use")].join(", ");
}

/** One step that most likely helps. */
function suggestion(message: string, l10n: L10n): string {
	if (message.includes("maskwright.sidecar.url") || message.includes("token")) {
		return l10n.t("Correct the setting or the token; the sidecar is then tried again.");
	}
	if (message.includes("reload the window")) return l10n.t("Reload the window.");
	return l10n.t("Look into the log, then start the sidecar again.");
}

function lastLines(text: string): string {
	return text.split("\n").slice(-8).join("\n");
}

function shorten(name: string): string {
	return name.length > 28 ? `${name.slice(0, 27)}…` : name;
}
