import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { exportMenu } from "../ui/exportMenu.ts";
import { formatCount, formatNumber } from "../ui/format.ts";
import { icon } from "../ui/icons.ts";
import { popup } from "../ui/popup.ts";
import type { XAxis } from "./curve.ts";
import type { ExportFormat } from "./exports.ts";
import { stateText } from "./runLines.ts";
import { mostRuns } from "./runs.ts";
import { weightAt } from "./smoothing.ts";
import type { View } from "./view.ts";

/** What the user can change in the toolbar. */
export interface ToolbarActions {
	readonly draw: (paths: readonly string[]) => void;
	readonly axis: (axis: XAxis) => void;
	readonly smoothing: (position: number) => void;
	readonly logarithmic: (on: boolean) => void;
	readonly zoomOut: () => void;
	readonly table: (open: boolean) => void;
	readonly save: (format: ExportFormat) => void;
}

export interface Toolbar {
	readonly element: HTMLElement;
	update(view: View, statuses: ReadonlyMap<string, RunStatus>): void;
}

export function toolbar(actions: ToolbarActions): Toolbar {
	const runs = runPicker(actions.draw);
	const axis = axisChoice(actions.axis);
	const smoothing = smoothingSlider(actions.smoothing);
	const log = element("input", { type: "checkbox" });
	log.addEventListener("change", () => actions.logarithmic(log.checked));
	const zoomOut = element("button", { type: "button", class: "button", click: () => actions.zoomOut() }, t("Show All"));
	const table = element(
		"button",
		{ type: "button", class: "button", "aria-pressed": "false" },
		icon("table"),
		t("Table"),
	);
	table.addEventListener("click", () => actions.table(table.getAttribute("aria-pressed") !== "true"));
	return {
		element: element(
			"div",
			{ class: "toolbar", role: "toolbar", "aria-label": t("Chart") },
			runs.element,
			axis.element,
			smoothing.element,
			element("label", { class: "check" }, log, t("Log scale")),
			zoomOut,
			element("span", { class: "spring" }),
			table,
			exportMenu(exportFormats(), actions.save),
		),
		update: (view, statuses) => {
			runs.update(view, statuses);
			axis.update(view.axis);
			smoothing.update(view.smoothing);
			log.checked = view.logarithmic;
			zoomOut.hidden = view.zoom === null;
			table.setAttribute("aria-pressed", String(view.table));
		},
	};
}

function runPicker(draw: (paths: readonly string[]) => void) {
	const content = element("div", { role: "group", "aria-label": t("Runs to draw") });
	let shown = "";
	const chosen = () => [...content.querySelectorAll<HTMLInputElement>("input:checked")].map(({ value }) => value);
	const choose = () => {
		const paths = chosen();
		for (const box of content.querySelectorAll<HTMLInputElement>("input"))
			box.disabled = !box.checked && paths.length >= mostRuns;
		draw(paths);
	};
	const { element: whole } = popup(t("Runs"), { iconName: "graph", content });
	return {
		element: whole,
		update: ({ runs }: View, statuses: ReadonlyMap<string, RunStatus>) => {
			const key = JSON.stringify([...statuses.values()].map(({ path, run, state }) => [path, run, state]));
			if (key !== shown) {
				shown = key;
				const focused = (document.activeElement as HTMLInputElement | null)?.value;
				content.replaceChildren(...[...statuses.values()].map((status) => runChoice(status, choose)));
				for (const box of content.querySelectorAll<HTMLInputElement>("input")) if (box.value === focused) box.focus();
			}
			for (const box of content.querySelectorAll<HTMLInputElement>("input")) {
				box.checked = runs.includes(box.value);
				box.disabled = !box.checked && runs.length >= mostRuns;
			}
		},
	};
}

function runChoice(status: RunStatus, choose: () => void): HTMLElement {
	const box = element("input", { type: "checkbox", value: status.path, change: choose });
	const facts = [
		stateText(status),
		t("step {0}", formatCount(status.step)),
		...(status.loss === null ? [] : [formatNumber(status.loss)]),
	];
	return element(
		"label",
		{ class: "choice", title: status.path },
		box,
		status.run,
		element("span", { class: "note" }, facts.join(" · ")),
	);
}

function axisChoice(choose: (axis: XAxis) => void) {
	const names: Readonly<Record<XAxis, string>> = { step: t("Step"), tokens: t("Tokens"), seconds: t("Time") };
	const made = (Object.keys(names) as XAxis[]).map((axis) => {
		const radio = element("input", { type: "radio", name: "axis", value: axis, change: () => choose(axis) });
		return { axis, radio, label: element("label", { class: "segment" }, radio, element("span", {}, names[axis])) };
	});
	return {
		element: element(
			"div",
			{ class: "segments", role: "radiogroup", "aria-label": t("Horizontal axis") },
			...made.map(({ label }) => label),
		),
		update: (current: XAxis) => {
			for (const { axis, radio } of made) radio.checked = axis === current;
		},
	};
}

function smoothingSlider(choose: (position: number) => void) {
	const slider = element("input", { type: "range", min: "0", max: "100", step: "1", "aria-label": t("Smoothing") });
	const value = element("output", { class: "smoothing-value" });
	slider.addEventListener("input", () => choose(slider.valueAsNumber));
	return {
		element: element("label", { class: "smoothing" }, t("Smoothing"), slider, value),
		update: (position: number) => {
			const text = formatNumber(weightAt(position), 3);
			slider.value = String(position);
			slider.setAttribute("aria-valuetext", text);
			setText(value, text);
		},
	};
}

/** Formats by their names in the menu. */
function exportFormats(): (readonly [ExportFormat, string])[] {
	return [
		["svg", t("Charts as SVG")],
		["png", t("Charts as PNG")],
		["csv", t("Every step as CSV")],
	];
}
