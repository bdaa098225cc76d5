import { restartsItself } from "../../sidecar/protocol/restartsItself.ts";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { formatBytes, formatCount, formatSeconds } from "../ui/format.ts";
import { type IconName, icon } from "../ui/icons.ts";
import type { DrawnRun } from "./runs.ts";

/** What can be done with a run from its line. */
export type RunAction = "pause" | "resume" | "resumeSlower" | "stop";

/** The head of the panel: for each drawn run its state, how far it is, and the buttons that its state allows. */
export interface RunLines {
	readonly element: HTMLElement;
	update(
		runs: readonly DrawnRun[],
		options: { statuses: ReadonlyMap<string, RunStatus>; colours: readonly string[] },
	): void;
}

interface Line {
	readonly element: HTMLElement;
	update(run: DrawnRun, status: RunStatus | undefined, colour: string): void;
}

/** @param act is called for a button; its promise ends when the sidecar has answered. */
export function runLines(act: (path: string, action: RunAction) => Promise<void>): RunLines {
	const whole = element("div", { class: "run-lines" });
	const lines = new Map<string, Line>();
	return {
		element: whole,
		update: (runs, { statuses, colours }) => {
			const paths = runs.map(({ path }) => path);
			if ([...lines.keys()].join("\n") !== paths.join("\n")) {
				const kept = paths.map((path) => [path, lines.get(path) ?? lineOf(path, act)] as const);
				lines.clear();
				for (const [path, line] of kept) lines.set(path, line);
				whole.replaceChildren(...kept.map(([, line]) => line.element));
			}
			for (const [index, run] of runs.entries()) {
				lines.get(run.path)?.update(run, statuses.get(run.path), colours[index] ?? "gray");
			}
		},
	};
}

/** The actions that a run's state allows; a run of a terminal can only be watched while it trains. */
function actionsOf(status: RunStatus | undefined): readonly RunAction[] {
	switch (status?.state) {
		case "queued":
		case "preparing":
		case "running":
			return status.own ? ["pause", "stop"] : [];
		case "interrupted":
			return restartsItself(status) ? ["pause", "stop"] : ["resume"];
		case "paused":
			return ["resume"];
		case "diverged":
			return ["resumeSlower", "resume"];
		default:
			return [];
	}
}

function lineOf(path: string, act: (path: string, action: RunAction) => Promise<void>): Line {
	const swatch = element("span", { class: "swatch" });
	const name = element("h2", { title: path });
	const state = element("span", { class: "state", role: "status" });
	const facts = element("span", { class: "facts" });
	const bar = element("progress", { max: "1", value: "0" });
	const message = element("p", { class: "run-message" });
	const buttons = actionButtons(path, act);
	const row = element("div", { class: "run-line" }, swatch, name, state, bar, facts, buttons.element);
	return {
		element: element("section", { "aria-label": t("Run") }, row, message),
		update: (run, status, colour) => {
			swatch.style.backgroundColor = colour;
			setText(name, run.name);
			setText(state, stateText(status));
			state.dataset["state"] = status?.state ?? "";
			setText(facts, factsOf(run, status).join(" · "));
			const share = status?.progress ?? null;
			bar.hidden = share === null || status?.state === "done";
			bar.value = share ?? 0;
			bar.setAttribute("aria-label", t("Share of the budget that is spent"));
			setText(message, status?.message ?? "");
			message.hidden = (status?.message ?? null) === null;
			buttons.update(actionsOf(status));
		},
	};
}

const actionFaces: Readonly<Record<RunAction, readonly [icon: IconName, label: () => string]>> = {
	pause: ["pause", () => t("Pause")],
	resumeSlower: ["resume", () => t("Resume at Half the Learning Rate")],
	resume: ["resume", () => t("Resume")],
	stop: ["stop", () => t("Stop")],
};

function actionButtons(path: string, act: (path: string, action: RunAction) => Promise<void>) {
	const whole = element("span", { class: "actions" });
	let busy = false;
	const made = (Object.keys(actionFaces) as RunAction[]).map((action) => {
		const [iconName, label] = actionFaces[action];
		const button = element(
			"button",
			{ type: "button", class: "button", "data-action": action },
			icon(iconName),
			label(),
		);
		button.addEventListener("click", async () => {
			if (busy) return; // `disabled` would take the focus away
			busy = true;
			for (const { button } of made) button.setAttribute("aria-disabled", "true");
			await act(path, action);
			busy = false;
			for (const { button } of made) button.removeAttribute("aria-disabled");
		});
		return { action, button };
	});
	whole.append(...made.map(({ button }) => button));
	return {
		element: whole,
		update: (allowed: readonly RunAction[]) => {
			const focused = made.find(({ button }) => button === document.activeElement);
			for (const { action, button } of made) button.hidden = !allowed.includes(action);
			// The focus of a button that vanishes goes to the one that takes its place.
			if (focused?.button.hidden === true) made.find(({ button }) => !button.hidden)?.button.focus();
		},
	};
}

/** A run's state in a word or two. */
export function stateText(status: RunStatus | undefined): string {
	switch (status?.state) {
		case undefined:
			return t("Unknown");
		case "queued":
			return t("Waiting");
		case "preparing":
			return status.stage === null ? t("Preparing") : t("Preparing: {0}", status.stage);
		case "running":
			return t("Training");
		case "finishing":
			return t("Scoring");
		case "done":
			return t("Done");
		case "paused":
			return t("Paused");
		case "diverged":
			return t("Diverged");
		case "interrupted":
			return restartsItself(status) ? t("Starting again") : t("Interrupted");
		case "failed":
			return t("Failed");
		case "new":
			return t("New");
	}
}

function factsOf({ feed }: DrawnRun, status: RunStatus | undefined): string[] {
	const { curve } = feed;
	const step = Math.max(curve.lastStep, status?.step ?? 0);
	const memory = status?.memoryBytes ?? null;
	const left = status?.secondsLeft ?? null;
	const training = status?.state === "running" || status?.state === "preparing";
	const device = status?.executionProvider ?? curve.start?.executionProvider ?? null;
	return [
		t("step {0}", formatCount(step)),
		...(training && left !== null ? [t("{0} left", formatSeconds(left))] : []),
		...(curve.done === null ? [] : [t("took {0}", formatSeconds(curve.done.seconds))]),
		...(device === null ? [] : [device.toUpperCase()]),
		...(curve.fittedVocabulary === null
			? []
			: [t("vocabulary of {0}, all that the corpus supports", formatCount(curve.fittedVocabulary))]),
		...(training && memory !== null ? [formatBytes(memory)] : []),
		...(training && status?.own === false ? [t("started in a terminal")] : []),
	];
}
