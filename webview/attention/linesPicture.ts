/** Two columns of tokens with lines from each query to the keys that it looks at (Vig 2019, the head view). */
import { t } from "../host/texts.ts";
import { shareOf } from "../ui/heatmap.ts";
import type { Pen } from "../ui/pen.ts";
import type { Matrix } from "./matrix.ts";
import { type Box, type Hit, nextShown, type PictureKind, type Scene, strengthOf } from "./scene.ts";
import { tokenName } from "./seen.ts";

const rowHeight = 19;
const margin = 28;
const widest = 760;

/** More lines than this are a smear, and slow: the strongest are drawn. */
const mostLines = 6000;

/** Widths of lines that are drawn in one go. */
const levels = 8;

interface Columns {
	readonly left: number;
	readonly right: number;
	readonly width: number;
}

function columns(width: number): Columns {
	const whole = Math.max(360, Math.min(widest, width));
	const column = Math.min(220, whole * 0.3);
	return { left: column, right: whole - column, width: whole };
}

/** Tokens that have a row, and the row of each token. */
function rowsOf({ filtered }: Scene): { shown: number[]; row: Int32Array } {
	const shown = filtered.hidden.flatMap((hidden, at) => (hidden ? [] : [at]));
	const row = new Int32Array(filtered.hidden.length).fill(-1);
	shown.forEach((token, at) => {
		row[token] = at;
	});
	return { shown, row };
}

export const linesPicture: PictureKind = {
	size: (scene, width) => {
		const { shown } = rowsOf(scene);
		return { width: columns(width).width, height: margin + shown.length * rowHeight + 8 };
	},
	draw: (pen, scene, window) => {
		const { shown, row } = rowsOf(scene);
		const place = columns(window.width);
		const first = Math.max(0, Math.floor((window.y - margin) / rowHeight));
		const end = Math.min(shown.length, Math.ceil((window.y + window.height - margin) / rowHeight));
		const middle = (token: number) => margin + ((row[token] as number) + 0.5) * rowHeight;
		if (scene.reach !== null && scene.token !== null) drawWindow(pen, scene, place, { shown, row });
		const { matrix, palette } = scene;
		const heads = matrix === undefined ? [] : [{ matrix, colour: palette.strong }, ...scene.also];
		for (const head of heads) {
			const links = linksOf(scene, head.matrix, { seen: shown.slice(first, end), row });
			drawLinks(pen, links, { place, middle, colour: head.colour });
		}
		if (scene.view.edges) drawEdgeLines(pen, scene, { place, middle, first, end, row });
		for (const token of shown.slice(first, end)) drawToken(pen, scene, token, { place, middle });
		drawHeads(pen, scene, place, window.y);
	},
	hit: (scene, { x, y }, width) => {
		const { shown } = rowsOf(scene);
		const { width: whole } = columns(width);
		const token = shown[Math.floor((y - margin) / rowHeight)];
		return token === undefined || x < 0 || x > whole ? null : { token, other: null };
	},
	boxOf: (scene, { token }, width) => {
		const { row } = rowsOf(scene);
		const { left } = columns(width);
		return { x: 0, y: margin + Math.max(0, row[token] as number) * rowHeight, width: left, height: rowHeight };
	},
	step: (scene, { token }, key): Hit => {
		return { token: nextShown(scene, token, key === "down" || key === "right" ? 1 : -1), other: null };
	},
};

interface Link {
	readonly query: number;
	readonly key: number;
	readonly byte: number;
}

/** The links to draw: those of the token that is pointed at, else all that begin or end in sight. */
function linksOf(
	{ view, filtered, token }: Scene,
	matrix: Matrix,
	{ seen, row }: { seen: readonly number[]; row: Int32Array },
): Link[] {
	const least = Math.max(1, view.threshold);
	const links: Link[] = [];
	const add = (query: number, key: number, byte: number) => {
		const asked = view.direction === "from" ? query : key;
		if (token === null && filtered.narrows && !filtered.meant[asked]) return;
		if (row[query] !== -1 && row[key] !== -1) links.push({ query, key, byte });
	};
	if (token !== null) {
		if (view.direction === "from") matrix.from(token, least, (key, byte) => add(token, key, byte));
		else matrix.to(token, least, (query, byte) => add(query, token, byte));
		return links;
	}
	const inSight = new Uint8Array(matrix.n);
	for (const one of seen) inSight[one] = 1;
	for (const query of seen) matrix.from(query, least, (key, byte) => add(query, key, byte));
	for (const key of matrix.whole ? seen : []) {
		matrix.to(key, least, (query, byte) => {
			if (inSight[query] === 0) add(query, key, byte);
		});
	}
	if (links.length <= mostLines) return links;
	return links.sort((one, other) => other.byte - one.byte).slice(0, mostLines);
}

interface Drawing {
	readonly place: Columns;
	/** Of a token's row. */
	readonly middle: (token: number) => number;
}

function drawLinks(
	pen: Pen,
	links: readonly Link[],
	{ place, middle, colour }: Drawing & { readonly colour: string },
): void {
	const ends: number[][] = Array.from({ length: levels }, () => []);
	for (const { query, key, byte } of links) {
		const level = Math.min(levels - 1, Math.floor((byte / 256) * levels));
		(ends[level] as number[]).push(place.left + 6, middle(query), place.right - 6, middle(key));
	}
	ends.forEach((some, level) => {
		const byte = ((level + 0.5) / levels) * 255;
		const share = shareOf(byte);
		const alpha = 0.15 + 0.7 * strengthOf(share, 1);
		if (some.length > 0) pen.lines(some, { colour, width: 0.6 + 3.4 * share, alpha });
	});
}

function drawEdgeLines(
	pen: Pen,
	{ seen, palette, token, view }: Scene,
	{ place, middle, first, end, row }: Drawing & { first: number; end: number; row: Int32Array },
): void {
	const lines: number[] = [];
	const inSight = (at: number) => at >= first && at < end;
	for (const pair of seen.edgePairs) {
		const [use, source] = [Math.floor(pair / seen.tokens.length), pair % seen.tokens.length];
		// What a source gets is seen from its side: attention of sources to their uses.
		const [query, key] = view.direction === "from" ? [use, source] : [source, use];
		if (token !== null && (view.direction === "from" ? query : key) !== token) continue;
		const [one, other] = [row[query] as number, row[key] as number];
		if (one < 0 || other < 0 || (!inSight(one) && !inSight(other))) continue;
		lines.push(place.left + 6, middle(query), place.right - 6, middle(key));
	}
	pen.lines(lines, { colour: palette.edge, width: 1, alpha: 0.75, dashed: true });
}

function drawWindow(
	pen: Pen,
	{ token, reach, palette, view }: Scene,
	{ left, right }: Columns,
	{ shown, row }: { shown: readonly number[]; row: Int32Array },
): void {
	if (token === null || reach === null) return;
	const within = shown.filter((other) => Math.abs(other - token) <= reach);
	const [low, high] = [row[within[0] ?? token] as number, row[within.at(-1) ?? token] as number];
	const x = view.direction === "from" ? right - 4 : left + 2;
	const [y, height] = [margin + low * rowHeight, (high - low + 1) * rowHeight];
	pen.fill(x, y, 2, height, { colour: palette.dim });
}

function drawToken(pen: Pen, scene: Scene, token: number, { place, middle }: Drawing): void {
	const { seen, palette, weights, view, filtered, selected, masked } = scene;
	const y = middle(token);
	const name = shortened(tokenName(seen.tokens[token]?.text ?? ""));
	const held = scene.token === token;
	const dimmed = filtered.narrows && !filtered.meant[token];
	const font = { size: 12, family: palette.codeFamily, bold: held };
	// Without a held token the lines tell all; the mean behind every name would only be dark.
	const weight = scene.token === null ? 0 : (weights?.values[token] ?? 0);
	const strength = strengthOf(weight, weights?.largest ?? 0);
	const marked = view.direction === "from" ? "right" : "left";
	const box = (side: "left" | "right"): Box => {
		const [x, width] = side === "left" ? [0, place.left] : [place.right, place.width - place.right];
		return { x, y: y - rowHeight / 2, width, height: rowHeight };
	};
	if (strength > 0.04) {
		const { x, width } = box(marked);
		pen.fill(x, y - rowHeight / 2 + 1, width, rowHeight - 2, {
			colour: palette.strong,
			alpha: strength * palette.heat,
		});
	}
	for (const side of ["left", "right"] as const) {
		const { x, y: top, width, height } = box(side);
		const style = { colour: palette.foreground, font, alpha: dimmed ? 0.45 : 1 };
		if (side === "left") pen.text(name, place.left - 4, y, { ...style, align: "right" });
		else pen.text(name, place.right + 4, y, style);
		const frame = (colour: string, dashed: boolean) =>
			pen.outline(x + 0.5, top + 0.5, width - 1, height - 1, { colour, width: 1, dashed });
		if (selected.has(token)) frame(palette.focus, true);
		if (masked === token) frame(palette.against, false);
		if (held && side !== marked) frame(palette.foreground, false);
	}
}

/** The names of the columns stay at the upper edge. */
function drawHeads(pen: Pen, { palette }: Scene, { left, right, width }: Columns, y: number): void {
	const font = { size: 11, family: palette.family };
	pen.fill(0, y, width, margin - 4, { colour: palette.background });
	pen.text(t("looks"), left - 4, y + 12, { colour: palette.dim, font, align: "right" });
	pen.text(t("at"), right + 4, y + 12, { colour: palette.dim, font });
}

function shortened(name: string): string {
	const characters = [...name];
	return characters.length <= 26 ? name : `${characters.slice(0, 25).join("")}…`;
}
