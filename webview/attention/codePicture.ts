/** The code itself, each token marked by its weight, with the edges of the data flow over it. */
import { fontText, type Pen } from "../ui/pen.ts";
import { type CodeLayout, type CodePiece, layoutCode } from "./codeLayout.ts";
import type { Palette } from "./palette.ts";
import { type Box, nextShown, type PictureKind, type Scene, strengthOf } from "./scene.ts";
import type { Seen } from "./seen.ts";

const lineHeight = 24;
const fontSize = 13;
const gutter = 48;
const margin = 10;

const layouts = new WeakMap<Seen, { family: string; layout: CodeLayout }>();

function layoutOf({ seen, palette }: Scene): CodeLayout {
	const kept = layouts.get(seen);
	if (kept?.family === palette.codeFamily) return kept.layout;
	const context = document.createElement("canvas").getContext("2d");
	if (context !== null) context.font = fontText(codeFont(palette));
	const measure = (text: string) => context?.measureText(text).width ?? 0;
	const layout = layoutCode(seen, { measure, column: measure(" ") });
	layouts.set(seen, { family: palette.codeFamily, layout });
	return layout;
}

function codeFont({ codeFamily }: Palette) {
	return { size: fontSize, family: codeFamily };
}

export const codePicture: PictureKind = {
	size: (scene) => {
		const { lines, width } = layoutOf(scene);
		return { width: gutter + width + 2 * margin, height: lines.length * lineHeight + 2 * margin };
	},
	draw: (pen, scene, window) => {
		const layout = layoutOf(scene);
		const first = Math.max(0, Math.floor((window.y - margin) / lineHeight));
		const end = Math.min(layout.lines.length, Math.ceil((window.y + window.height - margin) / lineHeight));
		const pieces = layout.lines.slice(first, end).flatMap((line) => layout.pieces.slice(line.first, line.end));
		for (let line = first; line < end; line++) drawLineNumber(pen, scene, layout.firstLine + line, line);
		for (const piece of pieces) drawPiece(pen, scene, piece);
		if (scene.view.edges) drawEdges(pen, scene, layout, { first, end });
	},
	hit: (scene, { x, y }) => {
		const layout = layoutOf(scene);
		const line = layout.lines[Math.floor((y - margin) / lineHeight)];
		const found = layout.pieces.slice(line?.first ?? 0, line?.end ?? 0).find((piece) => {
			return x >= gutter + piece.x && x < gutter + piece.x + piece.width;
		});
		return found === undefined ? null : { token: found.token, other: null };
	},
	boxOf: (scene, { token }) => {
		const piece = layoutOf(scene).pieceOf[token];
		return piece === undefined ? { x: 0, y: 0, width: 0, height: 0 } : boxOfPiece(piece);
	},
	step: (scene, { token }, key) => {
		if (key === "left" || key === "right") {
			const next = nextDrawn(scene, token, key === "right" ? 1 : -1);
			return { token: next, other: null };
		}
		return { token: verticalStep(layoutOf(scene), token, key === "down" ? 1 : -1), other: null };
	},
};

/** Special tokens have no place in the code. */
function nextDrawn(scene: Scene, from: number, by: 1 | -1): number {
	const next = nextShown(scene, from, by);
	return layoutOf(scene).pieceOf[next] === undefined ? from : next;
}

function verticalStep({ pieces, lines, pieceOf }: CodeLayout, from: number, by: 1 | -1): number {
	const own = pieceOf[from];
	if (own === undefined) return from;
	const middle = own.x + own.width / 2;
	for (let line = own.line + by; line >= 0 && line < lines.length; line += by) {
		const { first, end } = lines[line] as { first: number; end: number };
		const distance = (piece: CodePiece) => Math.abs(piece.x + piece.width / 2 - middle);
		const [nearest] = pieces.slice(first, end).sort((one, other) => distance(one) - distance(other));
		if (nearest !== undefined && nearest.token !== from) return nearest.token;
	}
	return from;
}

function boxOfPiece({ x, width, line }: CodePiece): Box {
	return { x: gutter + x, y: margin + line * lineHeight, width, height: lineHeight };
}

function drawLineNumber(pen: Pen, { palette }: Scene, number: number, line: number): void {
	pen.text(String(number), gutter - 14, margin + (line + 0.5) * lineHeight, {
		colour: palette.dim,
		font: { size: 11, family: palette.codeFamily },
		align: "right",
	});
}

function drawPiece(pen: Pen, scene: Scene, piece: CodePiece): void {
	const { palette, weights, filtered, token, selected, masked, reach, matrix } = scene;
	const box = boxOfPiece(piece);
	const lead = piece.text.length - piece.text.trimStart().length;
	const inset = piece.ink ? (lead / piece.text.length) * piece.width : 0; // blanks before a word are not marked
	const [x, width] = [box.x + inset, box.width - inset];
	const value = weights?.values[piece.token] ?? 0;
	const strength = strengthOf(value, weights?.largest ?? 0);
	const colour = value < 0 ? palette.against : palette.strong;
	if (strength > 0.04) {
		pen.fill(x, box.y + 2, width, lineHeight - 5, { colour, alpha: strength * palette.heat });
		const bar = Math.max(1, strength * 4); // says without colour how much; dashed where it speaks against
		const level = box.y + lineHeight - 2 - bar / 2;
		pen.lines([x, level, x + width, level], { colour, width: bar, dashed: value < 0 });
	}
	const outOfReach = matrix !== undefined && reach !== null && token !== null && Math.abs(piece.token - token) > reach;
	const dimmed = outOfReach || (filtered.narrows && !filtered.meant[piece.token]);
	pen.text(piece.text, box.x, box.y + lineHeight / 2 - 1, {
		colour: palette.foreground,
		font: codeFont(palette),
		alpha: dimmed ? 0.45 : 1,
	});
	const frame = (colour: string, dashed: boolean) =>
		pen.outline(x - 0.5, box.y + 1.5, width + 1, lineHeight - 3, { colour, width: dashed ? 1 : 1.5, dashed });
	if (selected.has(piece.token)) frame(palette.focus, true);
	if (masked === piece.token) frame(palette.against, false);
	if (token === piece.token) frame(palette.foreground, false);
}

function drawEdges(pen: Pen, scene: Scene, { pieceOf }: CodeLayout, seenLines: { first: number; end: number }): void {
	const { seen, token, palette } = scene;
	for (const { uses, sources } of seen.edges) {
		const [use, source] = [pieceOf[uses[0] ?? -1], pieceOf[sources[0] ?? -1]];
		if (use === undefined || source === undefined) continue;
		const [top, bottom] = [Math.min(use.line, source.line), Math.max(use.line, source.line)];
		if (bottom < seenLines.first || top >= seenLines.end) continue;
		const touched = token !== null && (uses.includes(token) || sources.includes(token));
		const alpha = touched ? 1 : token === null ? 0.55 : 0.3;
		drawEdge(pen, { use: boxOfPiece(use), source: boxOfPiece(source) }, { colour: palette.edge, alpha });
	}
}

/** An arc from a use to its source, with a dot at the source. */
function drawEdge(
	pen: Pen,
	{ use, source }: { use: Box; source: Box },
	{ colour, alpha }: { colour: string; alpha: number },
): void {
	const [x0, x1] = [use.x + use.width / 2, source.x + source.width / 2];
	const sameLine = use.y === source.y;
	const down = source.y > use.y;
	const y0 = use.y + (down ? lineHeight - 3 : 2);
	const y1 = source.y + (down || sameLine ? 2 : lineHeight - 3);
	const bend = sameLine ? -Math.min(16, 6 + Math.abs(x1 - x0) / 8) : ((down ? 1 : -1) * Math.abs(y1 - y0)) / 2;
	const style = { colour, alpha, width: 1.5 };
	pen.arc([x0, y0, x0, y0 + bend, x1, sameLine ? y1 + bend : y1 - bend, x1, y1], style);
	pen.fill(x1 - 2.5, y1 - 2.5, 5, 5, { colour, alpha });
}
