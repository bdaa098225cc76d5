import type { Seen } from "./seen.ts";

/** A part of a token on one line. */
export interface CodePiece {
	readonly token: number;
	readonly text: string;
	readonly line: number;
	/** CSS pixels from the start of the text. */
	readonly x: number;
	readonly width: number;
	/** Whether there is anything but blanks. */
	readonly ink: boolean;
}

export interface CodeLayout {
	readonly pieces: readonly CodePiece[];
	/** Indices of pieces [first, end) by line. */
	readonly lines: readonly { readonly first: number; readonly end: number }[];
	/** By token, its first piece with ink, else its first; undefined for special tokens. */
	readonly pieceOf: readonly (CodePiece | undefined)[];
	readonly firstLine: number;
	readonly width: number;
}

const tabWidth = 4;

/** Lays the tokens of a text out as an editor does; `measure` gives the width of some text, `column` that of a blank. */
export function layoutCode(
	{ document: { text }, tokens }: Pick<Seen, "document" | "tokens">,
	{ measure, column }: { measure: (text: string) => number; column: number },
): CodeLayout {
	const from = tokens.find(({ special }) => !special)?.start ?? 0;
	const lineStart = Math.max(text.lastIndexOf("\n", from - 1), text.lastIndexOf("\r", from - 1)) + 1;
	const pieces: CodePiece[] = [];
	const lines: { first: number; end: number }[] = [{ first: 0, end: 0 }];
	const pieceOf: (CodePiece | undefined)[] = new Array(tokens.length).fill(undefined);
	let x = measure(expandTabs(text.slice(lineStart, from), 0));
	let width = x;
	let reached = from;
	tokens.forEach(({ start, end, special }, token) => {
		if (special || end <= reached) return; // bytes of one character may be several tokens: the first has it
		const own = text.slice(Math.max(start, reached), end);
		const splits = text[reached - 1] === "\r" && own.startsWith("\n"); // one line end, two tokens
		reached = end;
		for (const part of (splits ? own.slice(1) : own).split(/(\r\n|\n|\r)/)) {
			if (part === "") continue;
			if (/^[\r\n]/.test(part)) {
				lines.push({ first: pieces.length, end: pieces.length });
				x = 0;
				continue;
			}
			const shown = expandTabs(part, Math.round(x / column));
			const piece: CodePiece = {
				token,
				text: shown,
				line: lines.length - 1,
				x,
				width: measure(shown),
				ink: shown.trim() !== "",
			};
			x += piece.width;
			width = Math.max(width, x);
			pieces.push(piece);
			(lines.at(-1) as { end: number }).end = pieces.length;
			if (pieceOf[token] === undefined || (piece.ink && !pieceOf[token]?.ink)) pieceOf[token] = piece;
		}
	});
	return { pieces, lines, pieceOf, firstLine: text.slice(0, lineStart).split(/\r\n|\n|\r/).length, width };
}

function expandTabs(text: string, column: number): string {
	let shown = "";
	for (const character of text) {
		shown += character === "\t" ? " ".repeat(tabWidth - ((column + shown.length) % tabWidth)) : character;
	}
	return shown;
}
