import type { AttentionView } from "../../sidecar/protocol/inspect/attention.ts";
import { t } from "../host/texts.ts";
import { element, setText } from "../ui/elements.ts";
import { exportMenu } from "../ui/exportMenu.ts";
import { shareOf } from "../ui/heatmap.ts";
import { icon } from "../ui/icons.ts";
import type { ExportFormat } from "./exports.ts";
import { percent } from "./headGrid.ts";
import { isSaliency, type Picture, type Source, type View } from "./view.ts";

export interface ToolbarActions {
	readonly change: (change: Partial<View>) => void;
	readonly save: (format: ExportFormat) => void;
	readonly look: () => void;
}

export interface Toolbar {
	readonly element: HTMLElement;
	update(view: View, shape: Pick<AttentionView, "layerCount" | "headCount" | "dataflow" | "tokens">): void;
}

export function toolbar(actions: ToolbarActions): Toolbar {
	const { change } = actions;
	const picture = segments<Picture>(
		{ name: "picture", label: t("View"), values: { code: t("Code"), lines: t("Lines"), matrix: t("Matrix") } },
		(chosen) => change({ picture: chosen }),
	);
	const source = sourceChoice((chosen) => change({ source: chosen }));
	const layer = numberChoice(t("Layer"), (value) => change({ layer: value }));
	const head = numberChoice(t("Head"), (value) => change({ head: value }));
	const direction = segments<View["direction"]>(
		{ name: "direction", label: t("Direction"), values: { from: t("Looks at"), to: t("Looked at by") } },
		(chosen) => change({ direction: chosen }),
	);
	const threshold = thresholdSlider((value) => change({ threshold: value }));
	const special = check(t("Hide special tokens"), (on) => change({ hideSpecial: on }));
	const edges = check(t("Data flow"), (on) => change({ edges: on }));
	const filter = element("input", {
		type: "search",
		placeholder: t("Token"),
		"aria-label": t("Tokens with this text"),
	});
	filter.addEventListener("input", () => change({ filter: filter.value }));
	const classes = classChoice((chosen) => change({ syntaxClass: chosen }));
	const table = element(
		"button",
		{ type: "button", class: "button", "aria-pressed": "false" },
		icon("table"),
		t("Tables"),
	);
	table.addEventListener("click", () => change({ table: table.getAttribute("aria-pressed") !== "true" }));
	const look = element("button", { type: "button", class: "button", click: actions.look }, t("Look at the Selection"));
	const row = (label: string, ...parts: HTMLElement[]) =>
		element("div", { class: "toolbar", role: "toolbar", "aria-label": label }, ...parts);
	const spring = element("span", { class: "spring" });
	return {
		element: element(
			"div",
			{ class: "toolbars" },
			row(
				t("View"),
				picture.element,
				source.element,
				layer.element,
				head.element,
				spring,
				look,
				table,
				exportMenu(exportFormats(), actions.save),
			),
			row(t("Tokens"), direction.element, threshold.element, special.element, edges.element, filter, classes.element),
		),
		update: (view, { layerCount, headCount, dataflow, tokens }) => {
			const saliency = isSaliency(view.source);
			picture.update(saliency ? "code" : view.picture, saliency ? ["code"] : undefined);
			source.update(view.source);
			layer.update(view.layer, { most: layerCount, hidden: saliency });
			head.update(view.head, { most: headCount, hidden: saliency || view.source === "rollout" });
			direction.update(view.direction);
			direction.element.hidden = saliency;
			threshold.update(view.threshold);
			threshold.element.hidden = saliency || view.picture === "code";
			special.update(view.hideSpecial);
			edges.update(view.edges);
			edges.element.hidden = dataflow === null;
			if (filter.value !== view.filter) filter.value = view.filter;
			classes.update(view.syntaxClass, tokens);
			table.setAttribute("aria-pressed", String(view.table));
		},
	};
}

function segments<Value extends string>(
	{ name, label, values }: { name: string; label: string; values: Readonly<Record<Value, string>> },
	choose: (value: Value) => void,
) {
	const made = (Object.keys(values) as Value[]).map((value) => {
		const radio = element("input", { type: "radio", name, value, change: () => choose(value) });
		return { value, radio, label: element("label", { class: "segment" }, radio, element("span", {}, values[value])) };
	});
	return {
		element: element(
			"div",
			{ class: "segments", role: "radiogroup", "aria-label": label },
			...made.map((one) => one.label),
		),
		/** `allowed`: those that can be chosen; by default all. */
		update: (current: Value, allowed?: readonly Value[]) => {
			for (const { value, radio } of made) {
				radio.checked = value === current;
				radio.disabled = allowed !== undefined && !allowed.includes(value);
			}
		},
	};
}

function sourceChoice(choose: (source: Source) => void) {
	const names: Readonly<Record<Source, string>> = {
		head: t("Attention of a head"),
		rollout: t("Attention rollout"),
		integratedGradients: t("Integrated gradients"),
		inputTimesGradient: t("Input × gradient"),
	};
	const options = Object.entries(names).map(([value, label]) => element("option", { value }, label));
	const select = element("select", { "aria-label": t("What is shown") }, ...options);
	select.addEventListener("change", () => choose(select.value as Source));
	return {
		element: select,
		update: (source: Source) => {
			select.value = source;
		},
	};
}

/** A whole number from 0; the arrow keys change it. */
function numberChoice(name: string, choose: (value: number) => void) {
	const input = element("input", { type: "number", min: "0", class: "number" });
	input.addEventListener("input", () => {
		if (input.value !== "" && input.validity.valid) choose(input.valueAsNumber);
	});
	const label = element("label", { class: "check" }, name, input);
	return {
		element: label,
		update: (value: number, { most, hidden }: { most: number; hidden: boolean }) => {
			input.max = String(most - 1);
			if (input.valueAsNumber !== value) input.valueAsNumber = value;
			label.hidden = hidden;
		},
	};
}

function thresholdSlider(choose: (byte: number) => void) {
	const slider = element("input", { type: "range", min: "0", max: "255", step: "1", "aria-label": t("Threshold") });
	const value = element("output", { class: "threshold-value" });
	slider.addEventListener("input", () => choose(slider.valueAsNumber));
	return {
		element: element("label", { class: "check threshold" }, t("At least"), slider, value),
		update: (byte: number) => {
			const text = percent(shareOf(byte));
			slider.value = String(byte);
			slider.setAttribute("aria-valuetext", text);
			setText(value, text);
		},
	};
}

function check(label: string, choose: (on: boolean) => void) {
	const box = element("input", { type: "checkbox" });
	box.addEventListener("change", () => choose(box.checked));
	return {
		element: element("label", { class: "check" }, box, label),
		update: (on: boolean) => {
			box.checked = on;
		},
	};
}

/** The classes that the tokens have. */
function classChoice(choose: (syntaxClass: string) => void) {
	const names: Readonly<Record<string, string>> = {
		identifier: t("Identifiers"),
		call: t("Calls"),
		type: t("Types"),
		parameter: t("Parameters"),
		string: t("Strings"),
		number: t("Numbers"),
		comment: t("Comments"),
		keyword: t("Keywords"),
		operator: t("Operators"),
	};
	const select = element("select", { "aria-label": t("Tokens of this class") });
	select.addEventListener("change", () => choose(select.value));
	let shown = "";
	return {
		element: select,
		update: (current: string, tokens: AttentionView["tokens"]) => {
			const there = Object.keys(names).filter((name) => tokens.some(({ syntaxClass }) => syntaxClass === name));
			const offered = ["", ...there, ...(current === "" || there.includes(current) ? [] : [current])];
			if (shown !== offered.join()) {
				shown = offered.join();
				select.replaceChildren(...offered.map((value) => element("option", { value }, names[value] ?? t("Any class"))));
			}
			select.value = current;
			select.hidden = offered.length === 1; // no grammar reads the file
		},
	};
}

/** Formats by their names in the menu. */
function exportFormats(): (readonly [ExportFormat, string])[] {
	return [
		["svg", t("This View as SVG")],
		["png", t("This View as PNG")],
		["headsSvg", t("All Heads as SVG")],
		["headsPng", t("All Heads as PNG")],
		["json", t("Numbers as JSON")],
		["html", t("Everything as One HTML File")],
	];
}
