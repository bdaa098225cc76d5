import assert from "node:assert/strict";
import { test } from "node:test";
import type { IndexStatus } from "../../../sidecar/protocol/search.ts";
import { indexText } from "../../../webview/codeSearch/indexLine.ts";
import { statusOf } from "../support/searchPage.ts";

// The texts of the page: none are translated.
Object.assign(globalThis, { document: { body: { dataset: {} } } });

function check(statuses: readonly Partial<IndexStatus>[], text: string, share?: number | null): void {
	const said = indexText(statuses.map((changes) => statusOf(changes)));
	assert.deepEqual([said?.text, said?.share], [text, share]);
}

test("each state of an index is one line", () => {
	check([{ state: "scanning", files: 0, of: 210 }], "Looking for files · 0 of 210 files", null);
	const indexing = { state: "indexing", files: 12_340, of: 40_112 } as const;
	check([{ ...indexing, secondsLeft: 176 }], "12,340 of 40,112 files · 3 min left", 12_340 / 40_112);
	check([indexing], "12,340 of 40,112 files", 12_340 / 40_112);
	const embedding = { state: "embedding", chunks: 1000, embedded: 250 } as const;
	check([{ ...embedding, secondsLeft: 20 }], "Words are indexed · meaning: 250 of 1,000 parts · 20 s left", 0.25);
	check([{}], "120 files indexed · 1.2 MB");
	check([{ files: 1 }], "1 file indexed · 1.2 MB");
	check([{ state: "failed", message: "The disk is full." }], "The disk is full.");
	assert.equal(indexText([statusOf({ state: "none" })]), undefined);
});

test("indexes of several folders are told together: the earliest state, the sums, the longest time", () => {
	check(
		[
			{ state: "indexing", files: 10, of: 20, secondsLeft: 5 },
			{ state: "embedding", secondsLeft: 4000 },
		],
		"130 of 140 files · 1 h 7 min left",
		130 / 140,
	);
});
