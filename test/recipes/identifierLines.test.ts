import assert from "node:assert/strict";
import { test } from "node:test";
import { identifierLines } from "./checks/identifierLines.ts";

test("The likeliest word of each place by itself begins none of a name's wordings, which are equally long", () => {
	const { unseen, documents } = identifierLines(1, { documents: 30, lines: 3, unseen: 40 });
	for (const { identifier, sayings } of unseen) {
		const words = sayings.map((saying) => saying.split(" "));
		assert.deepEqual(
			words.map(({ length }) => length),
			[6, 6, 6],
		);
		const likeliest = [0, 1, 2].map((place) => mostFrequent(words.map((wording) => wording[place]!)));
		assert.ok(!sayings.some((saying) => saying.startsWith(likeliest.join(" "))), likeliest.join(" "));
		assert.ok(!documents.some((document) => document.includes(identifier)), identifier);
	}
});

/** The word that more than half of all are. */
function mostFrequent(words: readonly string[]): string {
	return words.find((word) => words.filter((other) => other === word).length * 2 > words.length)!;
}
