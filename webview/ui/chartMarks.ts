import uPlot from "uplot";
import type { ChartMark } from "./chartModel.ts";

/** Draws the marks that are in view over a plot: lines through it with their label, ticks at its foot. */
export function drawMarks(plot: uPlot, marks: readonly ChartMark[]): void {
	const { ctx, bbox } = plot;
	const from = plot.scales["x"]?.min ?? 0;
	const to = plot.scales["x"]?.max ?? 0;
	ctx.save();
	ctx.font = `${11 * uPlot.pxRatio}px ${getComputedStyle(document.body).fontFamily}`;
	ctx.textBaseline = "top";
	ctx.textAlign = "left";
	let free = Number.NEGATIVE_INFINITY;
	for (const mark of marks) {
		if (mark.x < from || mark.x > to) continue;
		const left = Math.round(plot.valToPos(mark.x, "x", true));
		ctx.strokeStyle = ctx.fillStyle = mark.colour;
		if (mark.form === "tick") {
			drawTick(ctx, left, bbox.top + bbox.height);
			continue;
		}
		ctx.lineWidth = 1.5 * uPlot.pxRatio;
		ctx.setLineDash((mark.dash ?? []).map((length) => length * uPlot.pxRatio));
		ctx.beginPath();
		ctx.moveTo(left, bbox.top);
		ctx.lineTo(left, bbox.top + bbox.height);
		ctx.stroke();
		if (mark.label !== undefined) free = drawLabel(ctx, mark.label, { left, free, bbox });
	}
	ctx.restore();
}

function drawTick(ctx: CanvasRenderingContext2D, left: number, bottom: number): void {
	const size = 4 * uPlot.pxRatio;
	ctx.beginPath();
	ctx.moveTo(left, bottom - 1.8 * size);
	ctx.lineTo(left + size, bottom);
	ctx.lineTo(left - size, bottom);
	ctx.closePath();
	ctx.fill();
}

/** Writes a label where it covers none before it, and returns how far it reaches. */
function drawLabel(
	ctx: CanvasRenderingContext2D,
	label: string,
	{ left, free, bbox }: { left: number; free: number; bbox: uPlot.BBox },
): number {
	const room = 4 * uPlot.pxRatio;
	const { width } = ctx.measureText(label);
	const fits = left + room + width <= bbox.left + bbox.width;
	const start = fits ? left + room : left - room - width;
	if (start < free) return free;
	ctx.fillText(label, start, bbox.top + room);
	return start + width + 2 * room;
}
