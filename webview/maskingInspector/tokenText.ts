/** The text with every token drawn on it. */
import type { MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { label, strategyLetters, unitOf, visible } from "./tokens.ts";

export interface TokenText {
	readonly element: HTMLElement;
	draw(report: MasksReport, text: string): void;
	/** Marks the tokens that touch what is selected in the editor, and brings the first into view. */
	select(span: { start: number; end: number } | undefined): void;
	/** Moves to a token, as if it had been walked to. */
	goTo(index: number): void;
}

export interface TokenActions {
	/** The token under the pointer or the focus. */
	readonly look: (index: number) => void;
	readonly reveal: (index: number) => void;
}

/** Tokens that are drawn at most: some five thousand lines. */
export const mostDrawn = 50_000;

export function tokenText(actions: TokenActions): TokenText {
	const code = element("div", { class: "code", role: "group", "aria-label": t("Text with its masks") });
	let drawn: { report: MasksReport; spans: HTMLElement[][] } | undefined;
	const indexOf = ({ target }: Event): number | undefined => {
		const found = (target as Element | null)?.closest<HTMLElement>("[data-index]")?.dataset["index"];
		return found === undefined ? undefined : Number(found);
	};
	const chosen = () => [...code.querySelectorAll<HTMLElement>('[role="button"]')];
	const focus = (token: HTMLElement | undefined) => {
		if (token === undefined) return;
		for (const other of code.querySelectorAll('[tabindex="0"]')) other.setAttribute("tabindex", "-1");
		token.setAttribute("tabindex", "0");
		token.focus();
	};
	code.addEventListener("pointerover", (event) => {
		const index = indexOf(event);
		if (index !== undefined) actions.look(index);
	});
	code.addEventListener("focusin", (event) => {
		const index = indexOf(event);
		if (index !== undefined) actions.look(index);
	});
	code.addEventListener("click", (event) => {
		const index = indexOf(event);
		if (index === undefined) return;
		actions.look(index);
		actions.reveal(index);
	});
	code.addEventListener("keydown", (event) => {
		const index = indexOf(event);
		if (event.key === "Enter" || event.key === " ") {
			if (index === undefined) return;
			event.preventDefault();
			actions.reveal(index);
			return;
		}
		const all = chosen();
		const at = all.indexOf(event.target as HTMLElement);
		const next = {
			ArrowRight: at + 1,
			ArrowDown: at + 1,
			ArrowLeft: at - 1,
			ArrowUp: at - 1,
			Home: 0,
			End: all.length - 1,
		}[event.key];
		if (next === undefined || at < 0) return;
		event.preventDefault();
		focus(all[Math.min(Math.max(0, next), all.length - 1)]);
	});
	return {
		element: code,
		draw: (report, text) => {
			const focused = code.contains(document.activeElement)
				? indexOf({ target: document.activeElement } as unknown as Event)
				: undefined;
			const { lines, spans } = drawLines(report, text);
			drawn = { report, spans };
			code.replaceChildren(...lines);
			const first = (focused === undefined ? undefined : spans[focused]?.[0]) ?? chosen()[0];
			first?.setAttribute("tabindex", "0");
			if (focused !== undefined && first !== undefined) first.focus({ preventScroll: true });
		},
		select: (span) => {
			for (const marked of code.querySelectorAll(".selected")) marked.classList.remove("selected");
			if (drawn === undefined || span === undefined || span.start === span.end) return;
			let first: HTMLElement | undefined;
			drawn.report.tokens.forEach(({ start, end }, index) => {
				if (start >= span.end || end <= span.start) return;
				for (const piece of drawn?.spans[index] ?? []) {
					piece.classList.add("selected");
					first ??= piece;
				}
			});
			first?.scrollIntoView({ block: "nearest" });
		},
		goTo: (index) => {
			const piece = drawn?.spans[index]?.[0];
			piece?.scrollIntoView({ block: "nearest" });
			if (piece?.getAttribute("role") === "button") focus(piece);
			actions.look(index);
		},
	};
}

/** Lines of the text; a token with a line end in it has a piece in each of its lines. */
function drawLines(report: MasksReport, text: string): { lines: HTMLElement[]; spans: HTMLElement[][] } {
	const letters = report.strategies.length > 1;
	const lines: HTMLElement[] = [];
	const spans: HTMLElement[][] = [];
	let line = element("div", { class: "line" });
	const end = () => {
		lines.push(line);
		line = element("div", { class: "line" });
	};
	/** What is in no token: all that is outside of the rows of functions. */
	const plain = (start: number, to: number) => {
		for (const [place, piece] of linesOf(text, start, to).entries()) {
			if (place > 0) end();
			if (piece !== "") line.append(piece);
		}
	};
	const whole = report.functions !== null;
	const shown = report.tokens.slice(0, mostDrawn);
	const variables = variablesOf(report);
	let from = whole ? 0 : (shown[0]?.start ?? 0);
	shown.forEach((token, index) => {
		if (token.start > from) plain(from, token.start);
		const pieces = linesOf(text, Math.max(from, token.start), token.end);
		from = Math.max(from, token.end);
		const made: HTMLElement[] = [];
		for (const [place, piece] of pieces.entries()) {
			if (place > 0) end();
			if (place > 0 && piece === "") continue;
			const span = element("span", { class: `token${variables(token)}`, "data-index": String(index) });
			const whole = place < pieces.length - 1 ? `${piece}\n` : piece;
			if (token.action === "keep") span.textContent = piece;
			else {
				const unit = unitOf(report, index) ?? token;
				const isFirst = place === 0 && token.joined !== true;
				decorate(span, { token: unit, piece: whole, text, isFirst, letters });
				span.classList.toggle("joined", token.joined === true);
				span.classList.toggle("joins", report.tokens[index + 1]?.joined === true);
			}
			line.append(span);
			made.push(span);
		}
		spans.push(made);
	});
	if (whole && shown.length === report.tokens.length) plain(from, text.length);
	end();
	return { lines, spans };
}

/** The classes of a token that a variable was identified from, by what the tasks on the structure hide of it. */
function variablesOf({ functions }: MasksReport): (token: { start: number; end: number }) => string {
	const all = (functions ?? []).flatMap(({ variables }) => variables).sort((one, other) => one.start - other.start);
	let next = 0;
	return ({ start, end }) => {
		while (next < all.length && (all[next]?.end ?? 0) <= start) next++;
		const found = all[next];
		if (found === undefined || found.start >= end) return "";
		return ` variable${found.edgesHidden || found.linksHidden ? " hidden-variable" : ""}`;
	};
}

/** A part of the text by lines; of \r\n that two tokens share the second one ends the line. */
function linesOf(text: string, start: number, end: number): string[] {
	const part = text.slice(start, end);
	const shared = part.endsWith("\r") && text[end] === "\n";
	return (shared ? part.slice(0, -1) : part).split(/\r\n|\n|\r/);
}

interface Decoration {
	readonly token: MasksReport["tokens"][number];
	readonly piece: string;
	readonly text: string;
	readonly isFirst: boolean;
	readonly letters: boolean;
}

/** A chosen token: its mark, its strategy, what stands in its place, and whether the model is right. */
function decorate(span: HTMLElement, { token, piece, text, isFirst, letters }: Decoration): void {
	span.classList.add("chosen", token.action, `by-${token.strategy}`);
	span.append(
		element(
			"span",
			{ class: "own" },
			piece.trim() === "" ? visible(piece).replaceAll("⇥", "⇥\t") : piece.replace("\n", "⏎"),
		),
	);
	if (!isFirst) return;
	span.setAttribute("role", "button");
	span.setAttribute("tabindex", "-1");
	span.setAttribute("aria-label", label(token, text));
	if (token.action === "random")
		span.append(element("span", { class: "shown", "aria-hidden": "true" }, `→${visible(token.shown ?? "")}`));
	if (letters && token.strategy !== null)
		span.append(element("sup", { "aria-hidden": "true" }, strategyLetters[token.strategy] ?? "?"));
	if (token.prediction !== undefined) {
		const { right } = token.prediction;
		span.append(element("span", { class: right ? "right" : "wrong", "aria-hidden": "true" }, right ? "✓" : "✗"));
	}
}
