import { t } from "../host/texts.ts";
import type { ChartModel } from "../ui/chartModel.ts";
import { chartsSvg } from "../ui/chartSvg.ts";
import { gridColour, type LineChart } from "../ui/lineChart.ts";
import { themeColour } from "../ui/theme.ts";
import { curvesCsv } from "./csv.ts";
import type { DrawnRun } from "./runs.ts";

export type ExportFormat = "svg" | "png" | "csv";

/** A drawn chart and what it shows. */
export interface ShownChart {
	readonly chart: LineChart;
	readonly model: ChartModel;
	/** In CSS pixels. */
	readonly height: number;
}

/** The file for a format: charts as they are seen, or every step as CSV. */
export function exportFile(
	format: ExportFormat,
	{ runs, charts, colours }: { runs: readonly DrawnRun[]; charts: readonly ShownChart[]; colours: readonly string[] },
): { name: string; encoding: "utf8" | "base64"; content: string } {
	const title = runs.map(({ name }) => name).join(", ");
	const stem = runs.length === 1 ? `loss-${title.replaceAll(/[^\w.-]+/g, "-").slice(0, 80)}` : "loss-curves";
	const name = `${stem}.${format}`;
	const keys = runs.map((run, index) => ({ name: run.name, colour: colours[index] ?? "gray" }));
	switch (format) {
		case "csv":
			return {
				name,
				encoding: "utf8",
				content: curvesCsv(runs.map((run) => ({ name: run.name, curve: run.feed.curve }))),
			};
		case "svg":
			return {
				name,
				encoding: "utf8",
				content: chartsSvg(charts, { width: 900, colours: pageColours(), title, keys }),
			};
		case "png":
			return { name, encoding: "base64", content: chartsPng(charts, { title, keys }) };
	}
}

function pageColours(): { background: string; foreground: string; grid: string } {
	return {
		background: themeColour("editor-background", "white"),
		foreground: themeColour("foreground", "black"),
		grid: gridColour(),
	};
}

/** The canvases one below the other with their titles, as the data of a PNG in base64. */
function chartsPng(
	charts: readonly ShownChart[],
	{ title, keys }: { title: string; keys: readonly { name: string; colour: string }[] },
): string {
	const scale = window.devicePixelRatio;
	const canvases = charts.flatMap(({ chart, model }) => {
		const canvas = chart.canvas();
		return canvas === undefined ? [] : [{ canvas, title: model.title }];
	});
	const [line, margin] = [22 * scale, 12 * scale];
	const head = line * (keys.length + 1.5);
	const { places, width, height } = flow(canvases, { line, margin, head });
	const sheet = document.createElement("canvas");
	sheet.width = width;
	sheet.height = height;
	const ctx = sheet.getContext("2d");
	if (ctx === null) throw new Error(t("This window cannot make pictures now. Close other panels and try again."));
	const { background, foreground } = pageColours();
	ctx.fillStyle = background;
	ctx.fillRect(0, 0, width, height);
	const write = (text: string, left: number, top: number, weight = 400) => {
		ctx.fillStyle = foreground;
		ctx.font = `${weight} ${13 * scale}px ${getComputedStyle(document.body).fontFamily}`;
		ctx.fillText(text, left, top + 15 * scale);
	};
	write(title === "" ? t("Loss Curves") : title, margin, 4 * scale, 600);
	keys.forEach(({ name, colour }, index) => {
		const top = line * (index + 1.2);
		ctx.fillStyle = colour;
		ctx.fillRect(margin, top + 4 * scale, 12 * scale, 12 * scale);
		write(name, margin + 18 * scale, top);
	});
	for (const { canvas, title, left, top } of places) {
		write(title, left, top, 600);
		ctx.drawImage(canvas, left, top + line);
	}
	return sheet.toDataURL("image/png").replace(/^.*,/, "");
}

interface TitledCanvas {
	readonly canvas: HTMLCanvasElement;
	readonly title: string;
}

/** Places canvases in rows, as many beside each other as the widest of them has room for. */
function flow(
	canvases: readonly TitledCanvas[],
	{ line, margin, head }: { line: number; margin: number; head: number },
) {
	const room = Math.max(...canvases.map(({ canvas }) => canvas.width));
	let [left, top, rowHeight] = [margin, head, 0];
	const places = canvases.map(({ canvas, title }) => {
		if (left > margin && left + canvas.width > room + margin) [left, top, rowHeight] = [margin, top + rowHeight, 0];
		const place = { canvas, title, left, top };
		left += canvas.width + margin;
		rowHeight = Math.max(rowHeight, canvas.height + line);
		return place;
	});
	return { places, width: room + 2 * margin, height: top + rowHeight + margin };
}
