import assert from "node:assert/strict";
import { test } from "node:test";
import { indexText } from "../../../extension/status/indexTexts.ts";
import type { IndexStatus } from "../../../sidecar/protocol/search.ts";
import { english } from "../../support/englishTexts.ts";
import { statusOf } from "../../webview/support/searchPage.ts";

function check(statuses: readonly Partial<IndexStatus>[], expected: string | undefined): void {
	assert.equal(
		indexText(
			statuses.map((changes) => statusOf(changes)),
			english,
		),
		expected,
	);
}

test("the status bar says how the indexes of a window stand", () => {
	check([], undefined);
	check([{ state: "none" }], undefined);
	check([{}, { files: 30, bytes: 300_000 }], "150 files, 1.5 MB");
	check([{ state: "indexing", files: 40, of: 120, secondsLeft: 90 }], "40 of 120 files · 2 min left");
	check([{ state: "embedding", embedded: 40 }], "40 of 900 parts by meaning");
	check([{}, { state: "failed", message: "The disk is full." }], "The disk is full.");
});
