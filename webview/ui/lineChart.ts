import uPlot from "uplot";
import { drawMarks } from "./chartMarks.ts";
import type { ChartModel } from "./chartModel.ts";
import { decimate } from "./decimate.ts";
import { axisEnds, linearTicks, logTicks } from "./scale.ts";
import { themeColour } from "./theme.ts";

/** A chart of lines on a canvas. */
export interface LineChart {
	readonly element: HTMLElement;
	show(model: ChartModel): void;
	/** Puts the cross-hair at a place of the horizontal axis, or takes it away. */
	pointAt(x: number | null): void;
	/** Draws again with the colours of the theme. */
	redraw(): void;
	/** The canvas as it stands, undefined before anything was shown. */
	canvas(): HTMLCanvasElement | undefined;
}

export interface LineChartOptions {
	/** Of the whole chart, in CSS pixels. */
	readonly height: number;
	/** The mouse points at a place of the horizontal axis, or no longer at the chart. */
	readonly onPoint: (x: number | null) => void;
	/** A part was chosen by dragging. */
	readonly onZoom: (range: readonly [number, number]) => void;
	readonly onZoomOut: () => void;
}

/** Width of the vertical axis, in CSS pixels, the same in all charts so that they line up. */
const axisWidth = 62;

/** Makes an empty chart that fills its element's width; a curve is thinned to what its pixels can show. */
export function createLineChart(options: LineChartOptions): LineChart {
	const element = document.createElement("div");
	element.className = "line-chart";
	let plot: uPlot | undefined;
	let model: ChartModel | undefined;
	let shape = "";
	let pointed: number | null = null;
	const width = () => Math.max(120, element.clientWidth);
	const place = () => {
		if (plot === undefined) return;
		const left = pointed === null ? -10 : plot.valToPos(pointed, "x");
		plot.setCursor({ left, top: pointed === null ? -10 : 1 }, false);
	};
	const draw = () => {
		if (model === undefined || !element.isConnected || element.clientWidth === 0) return;
		const data = alignedData(model, width() - axisWidth);
		if (plot === undefined || shape !== shapeOf(model)) {
			plot?.destroy();
			shape = shapeOf(model);
			plot = new uPlot(
				plotOptions(model, { ...options, width: width(), current: () => model as ChartModel }),
				data,
				element,
			);
		} else plot.setData(data);
		place();
	};
	new ResizeObserver(() => {
		if (plot !== undefined && plot.width !== width()) plot.setSize({ width: width(), height: options.height });
		draw();
	}).observe(element);
	return {
		element,
		show: (next) => {
			model = next;
			draw();
		},
		pointAt: (x) => {
			pointed = x;
			place();
		},
		redraw: () => plot?.redraw(),
		canvas: () => plot?.ctx.canvas,
	};
}

/** What makes a new plot necessary: uPlot fixes the number of lines, their form and the kind of scale when it is made. */
function shapeOf({ series, logarithmic, xSteps }: ChartModel): string {
	const lines = series.map(({ width, opacity, dash, dots }) => [width, opacity, dash, dots]);
	return JSON.stringify([lines, logarithmic, xSteps === undefined]);
}

/** Lines that are seen and not looked at, in any theme. */
export function gridColour(): string {
	return `color-mix(in srgb, ${themeColour("foreground", "gray")} 14%, transparent)`;
}

function alignedData({ series, range, logarithmic }: ChartModel, columns: number): uPlot.AlignedData {
	const viewport = { from: range[0], to: range[1], columns, positiveOnly: logarithmic };
	const tables = series.map(({ x, y }): uPlot.AlignedData => {
		const points = decimate(x, y, viewport);
		return [points.x, points.y];
	});
	const [first] = tables;
	if (first === undefined) return [[]];
	return tables.length === 1 ? first : uPlot.join(tables);
}

interface Live extends LineChartOptions {
	readonly width: number;
	readonly current: () => ChartModel;
}

function plotOptions(model: ChartModel, live: Live): uPlot.Options {
	const { current } = live;
	return {
		width: live.width,
		height: live.height,
		legend: { show: false },
		padding: [10, 8, 0, 0],
		scales: {
			x: { time: false, range: () => [...current().range] },
			y: {
				distr: model.logarithmic ? 3 : 1,
				range: (_, low, high) => axisEnds(low ?? Number.NaN, high ?? Number.NaN, model.logarithmic),
			},
		},
		axes: axesOf(model, current),
		series: [
			{},
			...model.series.map(
				({ width, opacity, dash, dots }, index): uPlot.Series => ({
					stroke: () => current().series[index]?.colour ?? "transparent",
					width,
					alpha: opacity,
					...(dash === undefined ? {} : { dash: [...dash] }),
					points:
						dots === true
							? { show: true, size: 6, fill: () => current().series[index]?.colour ?? "transparent" }
							: { show: false },
				}),
			),
		],
		cursor: cursorOf(model, live),
		hooks: {
			setCursor: [(plot) => live.onPoint(pointedPlace(plot))],
			setSelect: [(plot) => chooseRange(plot, live)],
			draw: [(plot) => drawMarks(plot, current().marks)],
		},
	};
}

function axesOf(model: ChartModel, current: () => ChartModel): uPlot.Axis[] {
	const text = () => themeColour("descriptionForeground", themeColour("foreground", "gray"));
	const shared = { stroke: text, font: `11px ${getComputedStyle(document.body).fontFamily}` };
	const quiet = { stroke: gridColour, width: 1 };
	return [
		{
			...shared,
			size: 30,
			grid: quiet,
			ticks: { ...quiet, size: 4 },
			splits: (plot, _axis, from, to) => {
				const steps = current().xSteps;
				const most = Math.max(2, Math.floor(plot.width / 100));
				return linearTicks(from, to, { most, ...(steps === undefined ? {} : { steps }) });
			},
			values: (_, places) => places.map((place) => current().formatX(place)),
		},
		{
			...shared,
			size: axisWidth,
			grid: quiet,
			ticks: { show: false },
			...(model.logarithmic ? { filter: (_: uPlot, places: number[]) => places } : {}),
			splits: (plot, _axis, from, to) =>
				model.logarithmic
					? logTicks(from, to)
					: linearTicks(from, to, { most: Math.max(3, Math.floor(plot.height / 40)) }),
			values: (_, places) => places.map((place) => current().formatY(place)),
		},
	];
}

function cursorOf(model: ChartModel, live: Live): uPlot.Cursor {
	return {
		y: false,
		drag: { x: true, y: false, setScale: false },
		// Only whole lines carry a point; the faint raw one under a smoothed one does not.
		points: { size: (_, index) => ((model.series[index - 1]?.opacity ?? 1) < 1 ? 0 : 7) },
		bind: {
			dblclick: () => () => {
				live.onZoomOut();
				return null;
			},
		},
	};
}

function pointedPlace(plot: uPlot): number | null {
	const { left } = plot.cursor;
	return left === undefined || left < 0 ? null : plot.posToVal(left, "x");
}

function chooseRange(plot: uPlot, { onZoom }: Live): void {
	const { left, width } = plot.select;
	if (width < 4) return;
	const range = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")] as const;
	plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
	onZoom(range);
}
