import type { ChartMark, ChartModel, LineSeries } from "./chartModel.ts";
import { decimate, type Points } from "./decimate.ts";
import { axisEnds, linearTicks, logTicks } from "./scale.ts";

/** Colours of a drawing that stands alone. */
export interface SvgColours {
	readonly background: string;
	readonly foreground: string;
	readonly grid: string;
}

interface Box {
	readonly left: number;
	readonly top: number;
	readonly width: number;
	readonly height: number;
}

interface Plot extends Box {
	readonly x: (value: number) => number;
	readonly y: (value: number) => number;
	readonly bottom: number;
}

/** Charts one below the other as one SVG document, with a legend of `keys` above them. */
export function chartsSvg(
	charts: readonly { model: ChartModel; height: number }[],
	options: { width: number; colours: SvgColours; title: string; keys: readonly { name: string; colour: string }[] },
): string {
	const { width, colours, title, keys } = options;
	let top = 34 + 18 * keys.length;
	const parts: string[] = [];
	for (const { model, height } of charts) {
		parts.push(chart(model, { left: 0, top, width, height }, colours));
		top += height;
	}
	const legend = keys.map(
		({ name, colour }, index) =>
			`<rect x="12" y="${32 + 18 * index}" width="12" height="12" fill="${escapeXml(colour)}"/>${text(name, 30, 42 + 18 * index)}`,
	);
	return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}" font-family="system-ui, sans-serif" font-size="11" fill="${escapeXml(colours.foreground)}">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" fill="${escapeXml(colours.background)}"/>
<text x="12" y="20" font-size="14" font-weight="600">${escapeXml(title)}</text>
${legend.join("\n")}
${parts.join("\n")}
</svg>
`;
}

function chart(model: ChartModel, outer: Box, colours: SvgColours): string {
	const { series, marks, range, logarithmic } = model;
	const box = { left: outer.left + 64, top: outer.top + 26, width: outer.width - 80, height: outer.height - 52 };
	const viewport = { from: range[0], to: range[1], columns: box.width, positiveOnly: logarithmic };
	const drawn = series.map((line) => ({ line, points: decimate(line.x, line.y, viewport) }));
	const ends = extent(
		drawn.flatMap(({ points }) => visibleValues(points, range)),
		logarithmic,
	);
	const plot = plotOf(box, { range, ends, logarithmic });
	const clip = `clip${Math.round(outer.top)}`;
	return `<g>
<clipPath id="${clip}"><rect x="${box.left}" y="${box.top}" width="${box.width}" height="${box.height}"/></clipPath>
${text(model.title, outer.left + 12, outer.top + 16, 'font-weight="600"')}
${axes(model, { plot, ends, colours })}
<g clip-path="url(#${clip})" fill="none" stroke-linejoin="round">
${drawn.map(({ line, points }) => linePath(line, points, plot)).join("\n")}
${marks
	.filter(({ x }) => x >= range[0] && x <= range[1])
	.map((mark) => markPath(mark, plot))
	.join("\n")}
</g>
</g>`;
}

function plotOf(
	box: Box,
	{ range, ends, logarithmic }: { range: ChartModel["range"]; ends: readonly [number, number]; logarithmic: boolean },
): Plot {
	const place = logarithmic ? Math.log10 : (value: number) => value;
	const [low, high] = [place(ends[0]), place(ends[1])];
	const bottom = box.top + box.height;
	return {
		...box,
		bottom,
		x: (value) => round(box.left + ((value - range[0]) / (range[1] - range[0] || 1)) * box.width),
		y: (value) => round(bottom - ((place(value) - low) / (high - low || 1)) * box.height),
	};
}

function axes(
	{ range, logarithmic, formatX, formatY, xSteps }: ChartModel,
	{ plot, ends, colours }: { plot: Plot; ends: readonly [number, number]; colours: SvgColours },
): string {
	const right = plot.left + plot.width;
	const steps = xSteps === undefined ? {} : { steps: xSteps };
	const rows = (logarithmic ? logTicks(ends[0], ends[1]) : linearTicks(ends[0], ends[1], { most: 5 })).map(
		(value) =>
			`<path d="M${plot.left} ${plot.y(value)}H${right}" stroke="${escapeXml(colours.grid)}"/>${text(formatY(value), plot.left - 6, plot.y(value) + 4, 'text-anchor="end"')}`,
	);
	const columns = linearTicks(range[0], range[1], { most: 8, ...steps }).map(
		(value) =>
			`<path d="M${plot.x(value)} ${plot.top}V${plot.bottom}" stroke="${escapeXml(colours.grid)}"/>${text(formatX(value), plot.x(value), plot.bottom + 15, 'text-anchor="middle"')}`,
	);
	return [...rows, ...columns].join("\n");
}

function linePath({ colour, width, opacity, dash, dots, name }: LineSeries, { x, y }: Points, plot: Plot): string {
	const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash.join(" ")}"`;
	let pen = "M";
	let path = "";
	let circles = "";
	y.forEach((value, index) => {
		if (value === null) {
			pen = "M";
			return;
		}
		const at = { x: plot.x(x[index]!), y: plot.y(value) };
		path += `${pen}${at.x} ${at.y}`;
		pen = "L";
		if (dots === true) circles += `<circle cx="${at.x}" cy="${at.y}" r="2.5" fill="${escapeXml(colour)}"/>`;
	});
	return `<path d="${path}" stroke="${escapeXml(colour)}" stroke-width="${width}" opacity="${opacity}"${dashes}><title>${escapeXml(name)}</title></path>${circles}`;
}

function markPath({ x, form, colour, dash, label }: ChartMark, plot: Plot): string {
	const at = plot.x(x);
	const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash.join(" ")}"`;
	if (form === "tick") return `<path d="M${at} ${plot.bottom}v-7" stroke="${escapeXml(colour)}"/>`;
	const line = `<path d="M${at} ${plot.top}V${plot.bottom}" stroke="${escapeXml(colour)}"${dashes}/>`;
	return label === undefined ? line : `${line}${text(label, at + 4, plot.top + 11, `fill="${escapeXml(colour)}"`)}`;
}

function visibleValues({ x, y }: Points, [from, to]: ChartModel["range"]): number[] {
	return y.flatMap((value, index) => (value !== null && x[index]! >= from && x[index]! <= to ? [value] : []));
}

function extent(values: readonly number[], logarithmic: boolean): [number, number] {
	let low = Number.POSITIVE_INFINITY;
	let high = Number.NEGATIVE_INFINITY;
	for (const value of values) {
		low = Math.min(low, value);
		high = Math.max(high, value);
	}
	return axisEnds(low, high, logarithmic);
}

function text(content: string, x: number, y: number, attributes = ""): string {
	return `<text x="${x}" y="${y}"${attributes === "" ? "" : ` ${attributes}`}>${escapeXml(content)}</text>`;
}

function round(value: number): number {
	return Math.round(value * 100) / 100;
}

function escapeXml(content: string): string {
	return (
		content
			// What XML cannot hold at all is left out.
			.replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
			.replaceAll("&", "&amp;")
			.replaceAll("<", "&lt;")
			.replaceAll(">", "&gt;")
			.replaceAll('"', "&quot;")
	);
}
