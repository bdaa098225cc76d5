/** The whole matrix, a row for each query and a column for each key; it is zoomed by `zoom` and panned by scrolling. */
import { t } from "../host/texts.ts";
import { heatmap } from "../ui/heatmap.ts";
import type { Pen } from "../ui/pen.ts";
import type { Matrix } from "./matrix.ts";
import type { Palette } from "./palette.ts";
import { type Box, type Hit, nextShown, type PictureKind, type Scene } from "./scene.ts";
import { tokenName } from "./seen.ts";

/** Room for the names of tokens, left and above. */
const labels = 96;

/** Pixels of a token from which its name is written. */
const readable = 11;

/** A matrix that is smaller tells nothing: rather it goes on below the window. */
const leastSide = 300;

/** The zoom at which all of a matrix is seen in a window. */
export function fittingZoom(n: number, { width, height }: { width: number; height: number }): number {
	const side = Math.min(width - labels, Math.max(leastSide, height - labels)) - 4;
	return Math.max(0.05, Math.min(24, side / n));
}

const pictures = new WeakMap<Matrix, { key: string; canvas: HTMLCanvasElement }>();

export const matrixPicture: PictureKind = {
	size: ({ seen, zoom }) => {
		const side = labels + seen.tokens.length * zoom + 4;
		return { width: side, height: side };
	},
	draw: (pen, scene, window) => {
		const { matrix, seen, palette, zoom } = scene;
		const side = seen.tokens.length * zoom;
		const inner: Box = {
			x: window.x + labels,
			y: window.y + labels,
			width: window.width - labels,
			height: window.height - labels,
		};
		pen.within(inner.x, inner.y, inner.width, inner.height, () => {
			if (matrix !== undefined) {
				const across = matrix.side * matrix.cell * zoom;
				pen.image({ canvas: pictureOf(matrix, scene) }, labels, labels, across, across);
			}
			pen.outline(labels - 0.5, labels - 0.5, side + 1, side + 1, { colour: palette.line, width: 1 });
			drawReach(pen, scene);
			drawMarks(pen, scene, inner);
		});
		drawLabels(pen, scene, window);
	},
	hit: ({ seen, zoom, filtered }, { x, y }) => {
		const [token, other] = [Math.floor((y - labels) / zoom), Math.floor((x - labels) / zoom)];
		const n = seen.tokens.length;
		if (token < 0 || other < 0 || token >= n || other >= n) return null;
		return filtered.hidden[token] || filtered.hidden[other] ? null : { token, other };
	},
	boxOf: ({ zoom }, { token, other }) => {
		return { x: labels + (other ?? token) * zoom, y: labels + token * zoom, width: zoom, height: zoom };
	},
	step: (scene, { token, other }, key): Hit => {
		const column = other ?? token;
		if (key === "up" || key === "down") {
			return { token: nextShown(scene, token, key === "down" ? 1 : -1), other: column };
		}
		return { token, other: nextShown(scene, column, key === "right" ? 1 : -1) };
	},
};

/** The picture is made anew when threshold, filter or theme change, not when it is moved. */
function pictureOf(matrix: Matrix, { view, filtered, palette }: Scene): HTMLCanvasElement {
	const { threshold, direction, filter, syntaxClass, hideSpecial } = view;
	const key = JSON.stringify([threshold, direction, filter, syntaxClass, hideSpecial, palette.strong]);
	const kept = pictures.get(matrix);
	if (kept?.key === key) return kept.canvas;
	const { side, cell } = matrix;
	const out = (left: (token: number) => boolean) => Array.from({ length: side }, (_, at) => cell === 1 && left(at)); // a cell of several tokens hides none of them
	const hidden = out((at) => filtered.hidden[at] === true);
	const unmeant = out((at) => filtered.meant[at] !== true);
	const leftOut = direction === "from" ? { rows: unmeant, columns: hidden } : { rows: hidden, columns: unmeant };
	const options = {
		width: side,
		height: side,
		colour: palette.strongRgb,
		least: Math.max(1, threshold),
		faintest: 0.2,
		leftOut,
	};
	const canvas = heatmap(matrix.cells, options, kept?.canvas);
	pictures.set(matrix, { key, canvas });
	return canvas;
}

/** The two lines between which a local layer sees. */
function drawReach(pen: Pen, { reach, seen, zoom, palette }: Scene): void {
	const n = seen.tokens.length;
	if (reach === null || reach >= n - 1) return;
	const [far, near] = [(n - reach - 1) * zoom, (reach + 1) * zoom];
	const side = n * zoom;
	const lines = [
		[labels + near, labels, labels + side, labels + far],
		[labels, labels + near, labels + far, labels + side],
	].flat();
	pen.lines(lines, { colour: palette.dim, width: 1, dashed: true });
}

function drawMarks(pen: Pen, scene: Scene, { x, y, width, height }: Box): void {
	const { seen, view, zoom, palette, token, other, selected } = scene;
	const n = seen.tokens.length;
	if (view.edges) {
		const size = Math.max(zoom, 3); // an edge of a small picture must be seen as well
		for (const pair of seen.edgePairs) {
			const [use, source] = [Math.floor(pair / n), pair % n];
			const [query, key] = view.direction === "from" ? [use, source] : [source, use];
			const [left, top] = [labels + (key + 0.5) * zoom - size / 2, labels + (query + 0.5) * zoom - size / 2];
			if (left > x + width || top > y + height || left + size < x || top + size < y) continue;
			pen.outline(left, top, size, size, { colour: palette.edge, width: 1 });
		}
	}
	for (const one of selected) {
		pen.outline(labels, labels + one * zoom, n * zoom, zoom, { colour: palette.focus, width: 1, dashed: true });
	}
	if (token !== null) {
		pen.outline(labels, labels + token * zoom, n * zoom, zoom, { colour: palette.foreground, width: 1 });
		if (other !== null) {
			pen.outline(labels + other * zoom, labels, zoom, n * zoom, { colour: palette.foreground, width: 1 });
		}
	}
}

/** Names stay at the left and the upper edge of what is seen. */
function drawLabels(pen: Pen, scene: Scene, window: Box): void {
	const { palette, token, other, zoom } = scene;
	pen.fill(window.x, window.y, labels - 1, window.height, { colour: palette.background });
	pen.fill(window.x, window.y, window.width, labels - 1, { colour: palette.background });
	const font = { size: 11, family: palette.family };
	pen.text(t("looks at →"), window.x + labels - 6, window.y + 12, { colour: palette.dim, font, align: "right" });
	const all = zoom >= readable;
	const names = (axis: "query" | "key") => {
		const start = axis === "query" ? window.y : window.x;
		const length = axis === "query" ? window.height : window.width;
		const first = Math.max(0, Math.floor(start / zoom));
		const end = Math.min(scene.seen.tokens.length, Math.ceil((start + length - labels) / zoom));
		const one = axis === "query" ? token : other;
		const inSight = Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at);
		const shown = all ? inSight.filter((at) => scene.filtered.hidden[at] !== true) : [];
		return one !== null && !all ? [one] : shown;
	};
	for (const at of names("query")) drawRowName(pen, scene, at, window);
	for (const at of names("key")) drawColumnName(pen, scene, at, window);
}

function drawRowName(pen: Pen, { seen, palette, zoom, token }: Scene, at: number, window: Box): void {
	const y = labels + (at + 0.5) * zoom;
	if (y < window.y + labels - 2) return;
	const font = { size: 11, family: palette.codeFamily, bold: at === token };
	pen.within(window.x, window.y, labels - 4, window.height, () =>
		pen.text(tokenName(seen.tokens[at]?.text ?? ""), window.x + labels - 6, y, style(palette, font)),
	);
}

/** Names above a column are written across, letter under letter would not be read: every second line is lower. */
function drawColumnName(pen: Pen, { seen, palette, zoom, other }: Scene, at: number, window: Box): void {
	const x = labels + (at + 0.5) * zoom;
	if (x < window.x + labels - 2) return;
	const lines = Math.max(1, Math.min(5, Math.ceil(60 / zoom)));
	const y = window.y + labels - 8 - (at % lines) * 13;
	const font = { size: 10, family: palette.codeFamily, bold: at === other };
	const room = Math.max(14, zoom * lines - 4);
	pen.within(x - room / 2, window.y + 20, room, labels - 20, () =>
		pen.text(tokenName(seen.tokens[at]?.text ?? ""), x, y, { ...style(palette, font), align: "center" }),
	);
}

function style({ foreground }: Palette, font: { size: number; family: string; bold: boolean }) {
	return { colour: foreground, font, align: "right" as const };
}
