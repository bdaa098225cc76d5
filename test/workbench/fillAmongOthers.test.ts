/** The list at a mask where another extension offers rows as well, the same words among them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { save } from "./actions.ts";
import { type FillWindow, openFillEditor } from "./fills.ts";
import { type Editor, leftOut } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 120_000 };
let editor: Editor;
let w: FillWindow;

before(
	async () => {
		if (leftOut !== false) return;
		({ editor, w } = await openFillEditor("ts"));
	},
	{ timeout: 180_000 },
);
after(() => editor?.close());

const masked = "total = [MASK](items)\nprint(total)\nfunction compute_total() {}\n";
const filled = masked.replace("[MASK]", "compute_total");
const rows = () => w.page.locator(".suggest-widget.visible .monaco-list-row");

/** Opens the list until TypeScript's rows are in it: it reads its libraries first. */
async function openList({ dismissed = false } = {}): Promise<void> {
	for (let attempt = 0; attempt < 30; attempt++) {
		await w.press("Control+Space");
		await rows().first().waitFor();
		if ((await rows().filter({ hasNotText: "%" }).count()) > 0) return;
		await w.press("Escape");
		if (!dismissed) await w.ghost(); // it comes back
		await w.page.waitForTimeout(500);
	}
	assert.fail("TypeScript offers nothing.");
}

for (const place of ["[MASK]|", "[MA|SK]", "|[MASK]"]) {
	test(`the first fill is chosen before the same word of TypeScript, with the caret at ${place}`, limit, async () => {
		const file = await w.openWith(masked.replace("[MASK]", place));
		await w.ghostIs("compute_total");
		await openList();
		const focused = w.page.locator(".suggest-widget.visible .monaco-list-row.focused");
		await focused.waitFor();
		assert.match((await focused.textContent()) ?? "", /^compute_total\s*\d+ %$/);
		await w.press("Enter");
		await w.shows(filled);
		await save(w.page);
		assert.equal(readFileSync(file, "utf8"), filled);
		await w.press("Control+Z");
		await w.ghost();
		await w.press("Escape");
		await w.shows(masked);
	});
}

test("the fill is shown again once the list is closed, unless it was dismissed before", limit, async () => {
	await w.openWith(masked.replace("[MASK]", "[MASK]|"));
	await w.ghostIs("compute_total");
	await openList();
	await w.press("Escape");
	await w.ghostIs("compute_total");
	await w.press("Escape");
	await w.ghostIs(undefined);
	await openList({ dismissed: true });
	await w.press("Escape");
	await rows().first().waitFor({ state: "hidden" });
	await w.page.waitForTimeout(1000);
	await w.ghostIs(undefined);
});
