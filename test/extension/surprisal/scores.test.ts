import assert from "node:assert/strict";
import { test } from "node:test";
import { levelOf } from "../../../extension/surprisal/levels.ts";
import { alternatives, inkOf, Scores } from "../../../extension/surprisal/scores.ts";
import { tokenHover } from "../../../extension/surprisal/tokenHover.ts";
import type { SurprisalPage } from "../../../sidecar/protocol/inspect/surprisal.ts";

/** The tokens of `let  x=1;`: the second begins with a blank, the third is blank altogether. */
const text = "let x  =";
const tokens = [
	{ index: 0, start: 0, end: 3, text: "let", surprisal: 0.5, rank: 1, expected: [{ text: "let", probability: 0.7 }] },
	{
		index: 1,
		start: 3,
		end: 5,
		text: " x",
		surprisal: 10,
		rank: 40,
		expected: [
			{ text: " y(", probability: 0.4 },
			{ text: " x", probability: 0.2 },
			{ text: " ", probability: 0.1 },
		],
	},
	{ index: 2, start: 5, end: 7, text: "  ", surprisal: 20, rank: 90, expected: [] },
	{ index: 3, start: 7, end: 8, text: "=", surprisal: 4, rank: 2, expected: [{ text: ":", probability: 0.9 }] },
];
const page = (which: readonly number[], next: number | null): SurprisalPage => ({
	tokens: which.map((index) => tokens[index]!),
	total: 4,
	next,
	pseudoPerplexity: next === null ? 12.5 : null,
	lines: next === null ? [{ line: 1, surprisal: 3.6 }] : null,
	model: "tiny",
});

function scored(): Scores {
	const scores = new Scores();
	scores.add(page([3, 1], 2));
	assert.deepEqual([scores.known, scores.total, scores.end], [2, 4, undefined]);
	scores.add(page([0, 2], null));
	return scores;
}

test("pages in any order make the scores of a text, whole with the last", () => {
	const scores = scored();
	assert.deepEqual([scores.known, scores.end?.pseudoPerplexity], [4, 12.5]);
	assert.deepEqual(
		[0, 2, 3, 4, 6, 7, 8].map((offset) => scores.at(offset)?.text),
		["let", "let", " x", " x", "  ", "=", undefined],
	);
	assert.deepEqual(
		scores.within({ start: 3, end: 8 }).map(({ start }) => start),
		[3, 5, 7],
	);
});

test("blanks are never coloured, and levels rise with the bits", () => {
	assert.deepEqual(
		scored()
			.byLevel()
			.map((spans) => spans.map(({ start, end }) => text.slice(start, end))),
		[["let"], [], ["="], [], ["x"]],
	);
	assert.deepEqual([0, 1.99, 2, 4, 7, 9.9, 10, 126].map(levelOf), [0, 0, 1, 2, 3, 3, 4, 4]);
	assert.equal(inkOf({ start: 3, text: "\n\t" }), undefined);
});

test("what is above a limit comes most surprising first", () => {
	assert.deepEqual(
		scored()
			.above(4)
			.map(({ text }) => text),
		[" x", "="],
	);
});

test("a replacement is never blank, nor what stands there", () => {
	assert.deepEqual(alternatives(tokens[1]!), [{ text: "y(", probability: 0.4 }]);
});

test("a hover's link replaces the ink of a token and nothing around it", () => {
	const l10n = {
		t: (message: string, ...args: unknown[]) => message.replaceAll(/\{(\d)\}/g, (_, at) => String(args[at])),
	};
	const hover = tokenHover(tokens[1]!, { uri: "file:///a.ts", l10n });
	assert.match(hover, /Surprisal 10\\\.0 bits, rank 40/);
	const [, link] = /\(command:maskwright\.replaceToken\?([^)\s]*)\)/.exec(hover) ?? [];
	assert.deepEqual(JSON.parse(decodeURIComponent(link ?? "")), [
		{ uri: "file:///a.ts", start: 4, end: 5, stands: "x", text: "y(" },
	]);
	assert.doesNotMatch(tokenHover(tokens[0]!, { uri: "file:///a.ts", l10n }), /Replace/);
});
