import { t } from "../host/texts.ts";
import type { ChartMark, ChartModel, LineSeries } from "../ui/chartModel.ts";
import { formatBytes, formatNumber, formatSeconds, formatShort } from "../ui/format.ts";
import { timeSteps } from "../ui/scale.ts";
import type { Curve, Mark, StepMetric, XAxis } from "./curve.ts";
import type { DrawnRun } from "./runs.ts";
import type { View } from "./view.ts";

/** Colours of a drawing, from the theme. */
export interface Palette {
	/** One for each run. */
	readonly runs: readonly string[];
	/** Of the held-out loss while a single run is drawn. */
	readonly heldOut: string;
	readonly mark: string;
	readonly warning: string;
	readonly error: string;
	/** Of the raw line under the smoothed one, 0 to 1. */
	readonly faint: number;
}

export const smallMetrics: readonly StepMetric[] = ["learningRate", "gradientNorm", "tokensPerSecond", "memoryBytes"];

const dashed = [5, 3];

/** What all charts of the panel share. */
interface Drawing {
	readonly runs: readonly DrawnRun[];
	readonly view: View;
	readonly palette: Palette;
}

/** The loss of training, raw and smoothed, and that on held-out documents. */
export function lossChart(drawing: Drawing): ChartModel {
	const { runs, view, palette } = drawing;
	const faint: LineSeries[] = []; // below all others, so that no run's noise covers another's trend
	const series = runs.flatMap(({ name, feed, smoothing }, index): LineSeries[] => {
		const { curve } = feed;
		const colour = palette.runs[index] ?? "gray";
		const x = curve.x[view.axis].view();
		const raw = { name: `${name}: ${t("train loss, raw")}`, x, y: curve.metrics.loss.view(), colour, width: 1 };
		const smooth = {
			name: `${name}: ${t("train loss")}`,
			x,
			y: smoothing.smoothed.view(),
			colour,
			width: 2,
			opacity: 1,
		};
		const heldOut = {
			name: `${name}: ${t("held-out loss")}`,
			...heldOutLine(curve, view.axis),
			colour: runs.length === 1 ? palette.heldOut : colour,
			width: 1.5,
			opacity: 1,
			dash: dashed,
			dots: true,
		};
		if (view.smoothing === 0) return [{ ...raw, width: 1.5, opacity: 1 }, heldOut];
		faint.push({ ...raw, opacity: palette.faint });
		return [smooth, heldOut];
	});
	return {
		...frame(drawing),
		title: t("Loss"),
		series: [...faint, ...series],
		marks: marksOf(drawing, true),
		formatY: (value) => formatNumber(value),
	};
}

/** One of the other measures. */
export function metricChart(metric: StepMetric, drawing: Drawing): ChartModel {
	const { runs, view, palette } = drawing;
	const series = runs.map(
		({ name, feed }, index): LineSeries => ({
			name: `${name}: ${metricTitle(metric)}`,
			x: feed.curve.x[view.axis].view(),
			y: feed.curve.metrics[metric].view(),
			colour: palette.runs[index] ?? "gray",
			width: 1.5,
			opacity: 1,
		}),
	);
	const marks = marksOf(drawing, false);
	return {
		...frame(drawing),
		title: metricTitle(metric),
		series,
		marks,
		formatY: (value) => formatMetric(metric, value, formatShort),
	};
}

export function metricTitle(metric: StepMetric): string {
	switch (metric) {
		case "loss":
			return t("Loss");
		case "learningRate":
			return t("Learning rate");
		case "gradientNorm":
			return t("Gradient norm");
		case "tokensPerSecond":
			return t("Tokens per second");
		case "memoryBytes":
			return t("Memory");
	}
}

export function formatMetric(
	metric: StepMetric,
	value: number,
	plain: (value: number) => string = formatNumber,
): string {
	return metric === "memoryBytes" ? formatBytes(value) : plain(value);
}

function formatPlace(axis: XAxis, value: number): string {
	return axis === "seconds" ? formatSeconds(value) : formatShort(value);
}

/** From the first to the last place of all drawn runs. */
export function wholeRange(runs: readonly DrawnRun[], axis: XAxis): readonly [number, number] {
	let to = 0;
	for (const { feed } of runs) to = Math.max(to, feed.curve.placeOf(feed.curve.length - 1, axis));
	return [0, to > 0 ? to : 1];
}

/** Evaluations with a loss, as a line. Before the first of them the closing score of a short run stands in. */
function heldOutLine(curve: Curve, axis: XAxis): { x: Float64Array; y: Float64Array } {
	const points = curve.heldOut.map(({ row, scores }) => ({
		x: curve.placeOf(row, axis),
		y: scores.loss ?? Number.NaN,
	}));
	if (points.length === 0 && curve.done !== null) {
		points.push({ x: curve.placeOf(curve.length - 1, axis), y: curve.done.heldOut.loss ?? Number.NaN });
	}
	return { x: Float64Array.from(points, ({ x }) => x), y: Float64Array.from(points, ({ y }) => y) };
}

function frame({ runs, view }: Drawing): Pick<ChartModel, "range" | "logarithmic" | "formatX" | "xSteps"> {
	return {
		range: view.zoom ?? wholeRange(runs, view.axis),
		logarithmic: view.logarithmic,
		formatX: (value) => formatPlace(view.axis, value),
		...(view.axis === "seconds" ? { xSteps: timeSteps } : {}),
	};
}

function marksOf({ runs, view, palette }: Drawing, labelled: boolean): ChartMark[] {
	return runs.flatMap(({ feed }, index) => {
		const colour = runs.length === 1 ? palette.mark : (palette.runs[index] ?? palette.mark);
		const marks = feed.curve.marks.map((mark): ChartMark | undefined => {
			const x = feed.curve.placeOf(mark.row, view.axis);
			if (mark.kind === "checkpoint") return labelled ? { x, form: "tick", colour } : undefined;
			const [line, dash] = lineOf(mark, palette, colour);
			return {
				x,
				form: "line",
				colour: line,
				...(dash ? { dash: [3, 3] } : {}),
				...(labelled ? { label: markText(mark) } : {}),
			};
		});
		return marks.filter((mark) => mark !== undefined);
	});
}

function lineOf({ kind }: Mark, palette: Palette, colour: string): readonly [colour: string, dashed: boolean] {
	if (kind === "diverged") return [palette.error, false];
	if (kind === "outOfMemory") return [palette.warning, true];
	return [colour, kind !== "phase"];
}

/** What a mark says beside its line and in the table. */
export function markText({ kind, detail }: Mark): string {
	switch (kind) {
		case "checkpoint":
			return t("Checkpoint");
		case "paused":
			return t("Paused");
		case "resumed":
			return t("Resumed");
		case "diverged":
			return t("Diverged ({0})", detail);
		case "phase":
			return t("Phase {0}", detail);
		case "outOfMemory":
			return t("Memory ran out: micro-batch {0}", detail);
	}
}
