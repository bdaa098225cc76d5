import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import type { HeldOut } from "../../sidecar/protocol/scores.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { formatNumber } from "../ui/format.ts";
import type { DrawnRun } from "./runs.ts";

/** What can be done with a run that went on from a model and is done. */
export type OutcomeAction = "useModel" | "discardRun";

/** What a run has made of the model that it went on from: both on the same held-out tokens, beside simple counts. */
export interface Outcome {
	readonly element: HTMLElement;
	update(runs: readonly DrawnRun[], statuses: ReadonlyMap<string, RunStatus>): void;
}

/** @param act is called for a button with the run's folder, or that of its model to use it. */
export function outcome(act: (action: OutcomeAction, path: string) => void): Outcome {
	const whole = element("div", { class: "outcome" });
	let shown = "";
	return {
		element: whole,
		update: (runs, statuses) => {
			const done = runs.flatMap(({ name, path, feed }) => {
				const { heldOut } = feed.curve.done ?? {};
				return heldOut?.before === undefined ? [] : [{ name, path, heldOut, model: statuses.get(path)?.model ?? null }];
			});
			const next = JSON.stringify(done);
			if (next === shown) return;
			shown = next;
			whole.replaceChildren(
				...done.map(({ name, path, heldOut, model }) =>
					element(
						"section",
						{},
						element("h2", {}, runs.length > 1 ? t("Before and after: {0}", name) : t("Before and after")),
						tableOf(heldOut),
						element(
							"p",
							{ class: "actions" },
							...(model === null ? [] : [button(t("Use for Completion"), "useModel", () => act("useModel", model))]),
							button(t("Discard"), "discardRun", () => act("discardRun", path)),
						),
					),
				),
			);
		},
	};
}

function button(label: string, action: OutcomeAction, click: () => void): HTMLButtonElement {
	return element("button", { type: "button", class: "button", "data-action": action, click }, label);
}

function tableOf({ before, baselines, ...after }: HeldOut): HTMLTableElement {
	const row = (title: string, name: "top1" | "top5" | "wordTop1" | "identifierTop1", counts?: number | null) =>
		rowOf(title, [percent(before?.[name]), percent(after[name]), percent(counts)]);
	const titles = [t("Before"), t("After"), t("Counts alone")].map((title) => element("th", { scope: "col" }, title));
	return element(
		"table",
		{ class: "grid" },
		element("thead", {}, element("tr", {}, element("td"), ...titles)),
		element(
			"tbody",
			{},
			row(t("First guess right"), "top1", baselines.cacheTop1),
			row(t("Among five guesses"), "top5", baselines.cacheTop5),
			row(t("Words, first guess"), "wordTop1", baselines.cacheWordTop1),
			row(t("Whole identifiers, first guess"), "identifierTop1"),
			rowOf(t("Loss"), [number(before?.loss), number(after.loss), "–"]),
		),
	);
}

function rowOf(title: string, values: readonly string[]): HTMLTableRowElement {
	const cells = values.map((value) => element("td", {}, value));
	return element("tr", {}, element("th", { scope: "row" }, title), ...cells);
}

function percent(share: number | null | undefined): string {
	return share === null || share === undefined ? "–" : `${formatNumber(100 * share, 3)} %`;
}

function number(value: number | null | undefined): string {
	return value === null || value === undefined ? "–" : formatNumber(value);
}
