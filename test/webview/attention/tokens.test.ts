import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutCode } from "../../../webview/attention/codeLayout.ts";
import { tokenAt, tokenName, tokensAt } from "../../../webview/attention/seen.ts";
import { filterTokens } from "../../../webview/attention/tokenFilter.ts";
import { documentOf } from "../support/attentionPage.ts";

/** Tokens of a text, cut at `|`. */
function cut(marked: string, from = 0) {
	const parts = marked.split("|");
	let start = from;
	const inner = parts.map((text) => {
		const token = { text, start, end: start + text.length, special: false, syntaxClass: null };
		start = token.end;
		return token;
	});
	const special = { text: "[CLS]", start: from, end: from, special: true, syntaxClass: null };
	return [special, ...inner, { ...special, text: "[SEP]", start, end: start }];
}

test("code is laid out by lines and columns, tabs and line ends of any kind", () => {
	const marked = "if (|a|)\r|\n|\t|re|turn| 1;\n|";
	const text = `x = 2\n${marked.replaceAll("|", "")}`;
	const tokens = cut(marked, 6);
	const { pieces, pieceOf, lines, firstLine, width } = layoutCode(
		{ document: documentOf(text), tokens },
		{ measure: (part) => part.length * 10, column: 10 },
	);
	assert.equal(firstLine, 2);
	assert.equal(lines.length, 3);
	assert.deepEqual(
		pieces.map(({ text: shown, line, x }) => [shown, line, x]),
		[
			["if (", 0, 0],
			["a", 0, 40],
			[")", 0, 50],
			["    ", 1, 0],
			["re", 1, 40],
			["turn", 1, 60],
			[" 1;", 1, 100],
		],
	);
	assert.equal(width, 130);
	assert.equal(pieceOf[0], undefined, "a special token has no place");
	assert.equal(pieceOf[3]?.text, ")");
});

test("a selection from within a line keeps its indent, and tokens of one character share its place", () => {
	const text = "call(🎭, b)";
	const tokens = [
		{ text: "🎭", start: 5, end: 7, special: false, syntaxClass: null },
		{ text: "🎭", start: 5, end: 7, special: false, syntaxClass: null },
		{ text: ", b", start: 7, end: 10, special: false, syntaxClass: null },
	];
	const { pieces } = layoutCode({ document: documentOf(text), tokens }, { measure: (part) => part.length, column: 1 });
	assert.deepEqual(
		pieces.map(({ token, x }) => [token, x]),
		[
			[0, 5],
			[2, 7],
		],
	);
});

test("a filter means whole words by any of their pieces, whatever the case, and hides special tokens", () => {
	const tokens = cut("const |add|Left|(|left|, |x|)");
	const { meant, hidden, narrows } = filterTokens(tokens, { filter: "DLEFT", syntaxClass: "", hideSpecial: true });
	assert.deepEqual(
		tokens.filter((_, at) => meant[at]).map(({ text }) => text),
		["add", "Left"],
	);
	assert.equal(narrows, true);
	assert.deepEqual([hidden[0], hidden[1]], [true, false]);
	const none = filterTokens(tokens, { filter: " ", syntaxClass: "", hideSpecial: false });
	assert.ok(!none.narrows && none.meant.every(Boolean));
});

test("tokens are found by places of the text, never special ones", () => {
	const tokens = cut("ab|cd|ef");
	assert.deepEqual(tokensAt(tokens, { start: 1, end: 3 }), [1, 2]);
	assert.equal(tokenAt(tokens, 4), 3);
	assert.equal(tokenAt(tokens, 6), null);
});

test("the name of a token shows blanks, tabs and line ends", () => {
	assert.deepEqual([" size", "  ", "\t", ";\r\n", "\n\n"].map(tokenName), ["size", "··", "→", ";↵", "↵↵"]);
});
