import type { Span } from "../../sidecar/protocol/masks.ts";

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** What ends a text that a pair of quotes surrounds. */
const quotes = new Set(['"', "'", "`"]);

/**
 * The rest of the brackets that the caret stands in: up to the first closing one that was not opened behind it, without
 * blanks and line breaks before that. Undefined where the caret stands in none.
 */
export function restOfBrackets(text: string, caret: number): Span | undefined {
	const open: string[] = [];
	for (let at = caret; at < text.length; at++) {
		const character = text[at]!;
		if (quotes.has(character)) {
			at = endOfQuote(text, at);
		} else if (closing[character] !== undefined) {
			open.push(closing[character]);
		} else if (character === open.at(-1)) {
			open.pop();
		} else if (open.length === 0 && /[)\]}]/.test(character)) {
			return { start: caret, end: caret + text.slice(caret, at).trimEnd().length };
		}
	}
	return undefined;
}

/** The end of the quote that begins at `at`; itself where the line has no other, as an apostrophe in a comment. */
function endOfQuote(text: string, at: number): number {
	for (let next = at + 1; next < text.length && text[next] !== "\n"; next++) {
		if (text[next] === "\\") next++;
		else if (text[next] === text[at]) return next;
	}
	return at;
}
