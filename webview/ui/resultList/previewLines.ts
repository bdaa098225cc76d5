import { termRanges } from "./codeText.ts";
import type { CodeLine } from "./rows.ts";

/** Stands for a tab in a preview. */
const tab = "  ";

/** A narrow list shows some thirty characters of a line: a match behind them is brought forward. */
const seen = 26;
const before = 10;

/**
 * The lines of a preview that say most: the one that bears the name, or the first, and those with the most of the
 * terms, in their order; `most` of them. What all are indented by is taken off, and a match far to the right comes
 * into sight.
 */
export function previewLines(
	preview: string,
	{ startLine, name, terms, most }: { startLine: number; name: string | null; terms: readonly string[]; most: number },
): CodeLine[] {
	const lines = preview
		.split(/\r\n|\r|\n/)
		.map((text, place) => ({ text: text.trimEnd().replaceAll("\t", tab), number: startLine + place }))
		.filter(({ text }) => /[\p{L}\p{N}]/u.test(text));
	const first = lines.find(({ text }) => name !== null && bears(text, name)) ?? lines[0];
	if (first === undefined) return [];
	/** Lines behind the first one come before those above it, its comment. */
	const behind = ({ number }: { number: number }) => (number > first.number ? number : number + lines.length * 2);
	const weight = ({ text }: { text: string }) =>
		termRanges(text, terms).reduce((sum, [start, end]) => sum + end - start, 0);
	const others = lines
		.filter((line) => line !== first)
		.map((line) => ({ line, weight: weight(line) }))
		.sort((one, other) => other.weight - one.weight || behind(one.line) - behind(other.line))
		.slice(0, most - 1)
		.map(({ line }) => line);
	const chosen = [first, ...others].sort((one, other) => one.number - other.number);
	const margin = Math.min(...chosen.map(({ text }) => text.length - text.trimStart().length));
	return chosen.map(({ text, number }) => ({
		number,
		text: number === first.number ? text.slice(margin) : inSight(text.slice(margin), terms),
		terms,
	}));
}

/** Whether a line that is no comment has the name in it. */
function bears(text: string, name: string): boolean {
	return text.includes(name) && !/^\s*(\/\/|\/\*|\*|#|--|"""|''')/.test(text);
}

/** Cuts the start of a line whose first match would be out of sight. */
function inSight(text: string, terms: readonly string[]): string {
	const [match] = termRanges(text, terms);
	return match === undefined || match[1] <= seen ? text : `…${text.slice(match[0] - before)}`;
}
