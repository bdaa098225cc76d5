/** One line of a chart. `x` ascends; a `y` that is not finite is a gap. Colours are CSS colours. */
export interface LineSeries {
	readonly name: string;
	readonly x: Float64Array;
	readonly y: Float64Array;
	readonly colour: string;
	/** Of the line, in CSS pixels. */
	readonly width: number;
	/** 0 to 1. */
	readonly opacity: number;
	readonly dash?: readonly number[];
	/** Draws a dot at each point. */
	readonly dots?: boolean;
}

/** Something that happened at a place of the horizontal axis: a line through the chart, or a tick at its foot. */
export interface ChartMark {
	readonly x: number;
	readonly form: "line" | "tick";
	readonly colour: string;
	readonly dash?: readonly number[];
	/** Stands beside the line. */
	readonly label?: string;
}

/** All that a line chart shows; drawn on a canvas by `lineChart`, as SVG by `chartSvg`. */
export interface ChartModel {
	readonly title: string;
	readonly series: readonly LineSeries[];
	readonly marks: readonly ChartMark[];
	/** The part of the horizontal axis that is seen. */
	readonly range: readonly [from: number, to: number];
	readonly logarithmic: boolean;
	readonly formatX: (value: number) => string;
	readonly formatY: (value: number) => string;
	/** Allowed distances of ticks on the horizontal axis; else 1, 2 and 5 times powers of ten. */
	readonly xSteps?: readonly number[];
}
