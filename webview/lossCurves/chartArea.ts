import { t } from "../host/texts.ts";
import { nearestIndex } from "../ui/decimate.ts";
import { element } from "../ui/elements.ts";
import { createLineChart } from "../ui/lineChart.ts";
import { lossChart, metricChart, metricTitle, type Palette, smallMetrics, wholeRange } from "./charts.ts";
import type { ShownChart } from "./exports.ts";
import type { DrawnRun } from "./runs.ts";
import type { View } from "./view.ts";

/** The charts of the panel, with one cross-hair and one zoom for all. */
export interface ChartArea {
	readonly element: HTMLElement;
	update(runs: readonly DrawnRun[], view: View, palette: Palette): void;
	pointAt(x: number | null): void;
	redraw(): void;
	shown(): readonly ShownChart[];
}

export interface ChartAreaActions {
	/** The mouse or a key points at a place, or at none. */
	readonly point: (x: number | null, by: "mouse" | "key") => void;
	readonly zoom: (range: readonly [number, number] | null) => void;
}

const lossHeight = 320;
const smallHeight = 150;

export function chartArea(actions: ChartAreaActions): ChartArea {
	const make = (height: number) =>
		createLineChart({
			height,
			onPoint: (x) => actions.point(x, "mouse"),
			onZoom: actions.zoom,
			onZoomOut: () => actions.zoom(null),
		});
	const loss = { chart: make(lossHeight), height: lossHeight };
	const small = smallMetrics.map((metric) => ({ metric, chart: make(smallHeight), height: smallHeight }));
	const all = [loss, ...small];
	const figures = small.map(({ metric, chart }) => figure(metricTitle(metric), chart.element));
	const help = element("p", { id: "chart-help", class: "note" }, helpText());
	const whole = element(
		"div",
		{
			class: "charts",
			tabindex: "0",
			role: "application",
			"aria-label": t("Charts"),
			"aria-describedby": "chart-help",
		},
		figure(t("Loss"), loss.chart.element, legend()),
		element("div", { class: "small-charts" }, ...figures),
	);
	let models: ShownChart[] = [];
	let seen: { runs: readonly DrawnRun[]; view: View } | undefined;
	let pointed: number | null = null;
	whole.addEventListener("keydown", (event) => {
		if (seen === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
		if (pressed(event, { ...seen, pointed, actions })) event.preventDefault();
	});
	return {
		element: element("div", {}, whole, help),
		update: (runs, view, palette) => {
			seen = { runs, view };
			const drawing = { runs, view, palette };
			models = [
				{ ...loss, model: lossChart(drawing) },
				...small.map(({ metric, ...shown }) => ({ ...shown, model: metricChart(metric, drawing) })),
			];
			whole.style.setProperty("--held-out", palette.heldOut);
			whole.classList.toggle("several", runs.length > 1);
			models = models.filter(({ model }, index) => {
				const figure = figures[index - 1];
				if (figure === undefined) return true;
				figure.hidden = runs.length > 0 && !model.series.some(({ y }) => y.some(Number.isFinite));
				return !figure.hidden;
			});
			for (const { chart, model } of models) chart.show(model);
		},
		pointAt: (x) => {
			pointed = x;
			for (const { chart } of all) chart.pointAt(x);
		},
		redraw: () => {
			for (const { chart } of all) chart.redraw();
		},
		shown: () => models,
	};
}

function figure(title: string, chart: HTMLElement, ...more: readonly HTMLElement[]): HTMLElement {
	return element("figure", { "aria-label": title }, element("figcaption", {}, title, ...more), chart);
}

function legend(): HTMLElement {
	const key = (form: string, name: string) => element("span", { class: `key key-${form}` }, name);
	return element(
		"span",
		{ class: "legend" },
		key("raw", t("train, raw")),
		key("line", t("train, smoothed")),
		key("held-out", t("held out")),
		key("checkpoint", t("checkpoint")),
	);
}

function helpText(): string {
	return t(
		"Drag to zoom, double-click for all. With the keyboard: arrow keys move the read-out, with Shift by one step; Page Up and Page Down by a tenth; + and - zoom, 0 shows all, Escape ends.",
	);
}

interface KeyContext {
	readonly runs: readonly DrawnRun[];
	readonly view: View;
	readonly pointed: number | null;
	readonly actions: ChartAreaActions;
}

/** Pixels that an arrow key moves: enough to see, fine enough to meet every bend. */
const arrowShare = 1 / 400;

/** Moves the read-out or zooms; whether the key was one of ours. */
function pressed({ key, shiftKey }: KeyboardEvent, { runs, view, pointed, actions }: KeyContext): boolean {
	const whole = wholeRange(runs, view.axis);
	const [from, to] = view.zoom ?? whole;
	const at = pointed ?? to;
	const move = (share: number): true => {
		actions.point(moved(runs, { view, at, by: share * (to - from), single: shiftKey }), "key");
		return true;
	};
	const zoom = (factor: number): true => {
		const [low, high] = [at - (at - from) * factor, at + (to - at) * factor];
		const all = low <= whole[0] && high >= whole[1];
		actions.zoom(all ? null : [Math.max(whole[0], low), Math.min(whole[1], high)]);
		return true;
	};
	switch (key) {
		case "ArrowLeft":
			return move(-arrowShare);
		case "ArrowRight":
			return move(arrowShare);
		case "PageUp":
			return move(-0.1);
		case "PageDown":
			return move(0.1);
		case "Home":
			actions.point(from, "key");
			return true;
		case "End":
			actions.point(to, "key");
			return true;
		case "+":
		case "=":
			return zoom(0.5);
		case "-":
			return zoom(2);
		case "0":
			actions.zoom(null);
			return true;
		case "Escape":
			actions.point(null, "key");
			return true;
		default:
			return false;
	}
}

/** The place of the row that lies `by` further in the longest run, and at least one row. */
function moved(
	runs: readonly DrawnRun[],
	{ view, at, by, single }: { view: View; at: number; by: number; single: boolean },
): number {
	let places: Float64Array = new Float64Array();
	for (const { feed } of runs) {
		const own = feed.curve.x[view.axis].view();
		if (own.length > 0 && (places.at(-1) ?? -1) < (own.at(-1) ?? 0)) places = own;
	}
	const row = nearestIndex(places, at);
	const wanted = single ? row : nearestIndex(places, at + by);
	const next = wanted === row ? row + Math.sign(by) : wanted;
	return places[Math.min(places.length - 1, Math.max(0, next))] ?? 0;
}
