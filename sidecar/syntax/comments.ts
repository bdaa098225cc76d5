import type { SyntaxLanguage } from "./languages.ts";
import { withoutPythonComments } from "./pythonComments.ts";

/**
 * The text as GraphCodeBERT reads it: without comments, Python docstrings and blank lines. It does so by the text
 * alone: in the languages of the paper `//` within a template or a raw string counts as a comment, as it does there.
 * Ruby's text stays, and so does that of languages beyond the paper, whose comments the parser passes over.
 */
export function withoutComments(text: string, language: SyntaxLanguage): string {
	switch (language) {
		case "python":
			return withoutPythonComments(text);
		case "java":
		case "javascript":
		case "go":
		case "php":
			return withoutBlankLines(withoutSlashComments(text));
		default:
			return text;
	}
}

/** The lines that hold more than white space. */
function withoutBlankLines(text: string): string {
	return text
		.split("\n")
		.filter((line) => line.trim() !== "")
		.join("\n");
}

/** A comment becomes one space. Linear: a quote or comment that nothing closes is looked for once. */
function withoutSlashComments(text: string): string {
	let kept = "";
	let from = 0;
	const unclosed = new Set<string>();
	for (let at = 0; at < text.length; ) {
		const opening = text[at]!;
		const two = text.slice(at, at + 2);
		if (two === "//" || (two === "/*" && !unclosed.has(two))) {
			const end = two === "//" ? lineEnd(text, at) : commentEnd(text, at);
			if (end === undefined) {
				unclosed.add(two);
				at++;
				continue;
			}
			kept += `${text.slice(from, at)} `;
			at = end;
			from = end;
		} else if ((opening === "'" || opening === '"') && !unclosed.has(opening)) {
			const end = quoteEnd(text, at);
			if (end === undefined) unclosed.add(opening);
			at = end ?? at + 1;
		} else {
			at++;
		}
	}
	return kept + text.slice(from);
}

function lineEnd(text: string, at: number): number {
	const end = text.indexOf("\n", at);
	return end < 0 ? text.length : end;
}

function commentEnd(text: string, at: number): number | undefined {
	const end = text.indexOf("*/", at + 2);
	return end < 0 ? undefined : end + 2;
}

function quoteEnd(text: string, at: number): number | undefined {
	for (let place = at + 1; place < text.length; place++) {
		if (text[place] === "\\") place++;
		else if (text[place] === text[at]) return place + 1;
	}
	return undefined;
}
