/** The text with its masks as a picture: the same marks as on the page. */
import type { MaskedToken, MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { type Font, fontText, type Pen } from "../ui/pen.ts";
import { themeColour } from "../ui/theme.ts";
import { lossLines } from "./counts.ts";
import { share, strategyLetters, strategyName, visible } from "./tokens.ts";

export interface MaskPicture {
	readonly width: number;
	readonly height: number;
	readonly background: string;
	readonly title: string;
	readonly draw: (pen: Pen) => void;
}

const lineHeight = 24;
const margin = 16;
const tab = 4;

interface Piece {
	readonly text: string;
	readonly x: number;
	readonly width: number;
	readonly line: number;
	/** Undefined for text that is in no token, or in one that was not chosen. */
	readonly token?: MaskedToken;
	/** What stands behind the text: a replacement, a strategy, a verdict. */
	readonly note: string;
}

/** Lays the text out; `file` names it. */
export function maskPicture(report: MasksReport, { text, file }: { text: string; file: string }): MaskPicture {
	const colours = currentColours();
	const context = document.createElement("canvas").getContext("2d");
	if (context !== null) context.font = fontText(colours.code);
	const pieces = layout(report, text, (part) => context?.measureText(part).width ?? 0);
	const heading = headingOf(report, file);
	const key = keyOf(report, colours);
	const top = margin + (heading.length + key.length + 0.5) * lineHeight;
	const lines = (pieces.at(-1)?.line ?? 0) + 1;
	const keyWidth = Math.max(...key.map((entries) => entries.reduce((sum, entry) => sum + roomOf(entry), 0)));
	const right = pieces.reduce((most, { x, width }) => Math.max(most, x + width), Math.max(560, keyWidth));
	return {
		width: right + 2 * margin,
		height: top + lines * lineHeight + margin,
		background: colours.background,
		title: heading[0] ?? "",
		draw: (pen) => {
			const style = { colour: colours.foreground, font: { size: 12, family: colours.family } };
			heading.forEach((line, at) => {
				const bold = { ...style.font, bold: at === 0 };
				pen.text(line, margin, margin + (at + 0.5) * lineHeight, { ...style, font: bold });
			});
			drawKey(pen, key, colours, margin + (heading.length + 0.5) * lineHeight);
			for (const piece of pieces) drawPiece(pen, piece, { colours, top });
		},
	};
}

interface Colours {
	readonly background: string;
	readonly foreground: string;
	readonly family: string;
	readonly code: Font;
	readonly of: (strategy: string | null) => string;
}

function currentColours(): Colours {
	const names: Readonly<Record<string, string>> = {
		wholeWord: "green",
		span: "orange",
		identifier: "purple",
		syntax: "yellow",
		dataflow: "red",
		entity: "yellow",
		suffix: "orange",
		region: "purple",
		ngram: "purple",
	};
	return {
		background: themeColour("editor-background", "#ffffff"),
		foreground: themeColour("editor-foreground", "#333333"),
		family: themeColour("font-family", "sans-serif"),
		code: { size: 13, family: themeColour("editor-font-family", "monospace") },
		of: (strategy) => themeColour(`charts-${names[strategy ?? ""] ?? "blue"}`, "#3794ff"),
	};
}

function headingOf(report: MasksReport, file: string): string[] {
	const { counts, recipe, seed, epoch, rate } = report;
	const chosen = t(
		"{0} of {1} tokens chosen, nominal rate {2}",
		counts.chosen,
		counts.maskable,
		rate === null ? "–" : share(rate),
	);
	return [
		t("Masks in {0}", file),
		`${t("{0}, seed {1}, epoch {2}", recipe, seed, epoch)} · ${chosen}`,
		...lossLines(report),
	];
}

function layout(report: MasksReport, text: string, measure: (part: string) => number): Piece[] {
	const column = measure(" ");
	const pieces: Piece[] = [];
	let [x, line] = [0, 0];
	const put = (part: string, more: Pick<Piece, "note"> & Partial<Piece>) => {
		part.split(/\r\n|\n|\r/).forEach((own, place) => {
			if (place > 0) [x, line] = [0, line + 1];
			if (own === "" && place > 0) return;
			const shown = own.replaceAll("\t", " ".repeat(tab));
			const seen = more.token !== undefined && shown.trim() === "" ? visible(place === 0 ? part : own) : shown;
			const note = place === 0 ? more.note : "";
			const width = measure(seen) + (note === "" ? 0 : measure(note) + column / 2);
			pieces.push({ ...more, text: seen, note, x, width, line });
			x += width;
		});
	};
	const whole = report.functions !== null;
	let from = whole ? 0 : (report.tokens[0]?.start ?? 0);
	for (const token of report.tokens) {
		if (token.start > from) put(text.slice(from, token.start), { note: "" });
		const own = text.slice(Math.max(from, token.start), token.end);
		from = Math.max(from, token.end);
		if (token.action === "keep") put(own, { note: "" });
		else put(own, { note: noteOf(token, report.strategies.length > 1), token });
	}
	if (whole) put(text.slice(from), { note: "" });
	return pieces;
}

function noteOf({ action, shown, strategy, prediction, joined }: MaskedToken, letters: boolean): string {
	if (joined === true) return "";
	const parts = [
		...(action === "random" ? [`→${visible(shown ?? "")}`] : []),
		...(letters && strategy !== null ? [strategyLetters[strategy] ?? "?"] : []),
		...(prediction === undefined ? [] : [prediction.right ? "✓" : "✗"]),
	];
	return parts.join(" ");
}

function drawPiece(pen: Pen, piece: Piece, { colours, top }: { colours: Colours; top: number }): void {
	const { text, note, token, line } = piece;
	const [x, y] = [margin + piece.x, top + line * lineHeight];
	const style = { colour: colours.foreground, font: colours.code };
	if (token !== undefined)
		drawMark(pen, token.action, { x, y, width: piece.width, colour: colours.of(token.strategy) });
	pen.text(text, x, y + lineHeight / 2, style);
	if (note !== "") {
		const small = { ...colours.code, size: 10 };
		pen.text(note, x + piece.width - 2, y + lineHeight / 2, {
			colour: colours.foreground,
			font: small,
			align: "right",
		});
	}
}

interface Mark {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly colour: string;
}

function drawMark(pen: Pen, action: MaskedToken["action"], { x, y, width, colour }: Mark): void {
	const [top, height] = [y + 3, lineHeight - 6];
	if (action === "same") {
		for (const at of [0, 3]) pen.lines([x, top + height - at, x + width, top + height - at], { colour, width: 1 });
		return;
	}
	const dashed = action === "random";
	pen.fill(x, top, width, height, { colour, alpha: dashed ? 0.12 : 0.28 });
	pen.outline(x + 0.5, top + 0.5, Math.max(1, width - 1), height - 1, { colour, width: 1, dashed });
}

interface KeyEntry {
	readonly text: string;
	readonly colour: string;
	readonly mark: (pen: Pen, at: Mark) => void;
}

/** The marks with their meaning, in rows. */
function keyOf({ strategies }: MasksReport, colours: Colours): KeyEntry[][] {
	const actions = [
		["mask", t("masked")],
		["random", t("replaced")],
		["same", t("left")],
	] as const;
	const shapes = actions.map(([action, text]): KeyEntry => {
		return { text, colour: colours.of(null), mark: (pen, at) => drawMark(pen, action, at) };
	});
	if (strategies.length < 2) return [shapes];
	const letters = strategies.map(
		(strategy): KeyEntry => ({
			text: `${strategyLetters[strategy] ?? "?"} ${strategyName(strategy)}`,
			colour: colours.of(strategy),
			mark: (pen, { x, y, colour }) => pen.fill(x + 12, y + 4, 4, lineHeight - 8, { colour }),
		}),
	);
	return [shapes, letters];
}

/** Room for an entry: its mark, its text by the width of an average letter, and what keeps it from the next. */
function roomOf({ text }: KeyEntry): number {
	return 24 + text.length * 7 + 14;
}

function drawKey(pen: Pen, rows: readonly (readonly KeyEntry[])[], { family, foreground }: Colours, top: number): void {
	rows.forEach((entries, row) => {
		const y = top + row * lineHeight;
		let x = margin;
		for (const entry of entries) {
			entry.mark(pen, { x, y: y - lineHeight / 2, width: 18, colour: entry.colour });
			pen.text(entry.text, x + 24, y, { colour: foreground, font: { size: 12, family } });
			x += roomOf(entry);
		}
	});
}
