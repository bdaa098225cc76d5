/** The first minute after installing: nothing is trained, and a mask is filled and code is found by what it does. */
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { saveInBox } from "../support/boxedModels.ts";
import { fillTexts, tinyFillModel } from "../support/tinyFillModel.ts";
import { palette, pickInput, showViews, statusBarItem, viewRow } from "./actions.ts";
import { type FillWindow, fillWindow, placeEmptyFiles } from "./fills.ts";
import { indexed, searchFor, selected, showSearch } from "./searching.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 180_000 };
let box: string;
let editor: Editor;
let w: FillWindow;

before(
	async () => {
		if (leftOut !== false) return;
		box = realpathSync(mkdtempSync(join(tmpdir(), "maskwright-test-box-")));
		const parts = await tinyFillModel(fillTexts, { vocabularySize: 360, steps: 500 });
		for (const role of ["completion", "search"] as const) saveInBox(box, role, parts);
		let files: string[] = [];
		editor = await startEditor({
			env: { MASKWRIGHT_BOXED_MODELS: box },
			prepare: ({ workspace }) => {
				files = placeEmptyFiles(workspace);
				for (const [at, text] of fillTexts.entries()) writeFileSync(join(workspace, `text${at}.py`), text);
			},
		});
		w = fillWindow(editor, await editor.openWindow(), files);
		await statusBarItem(w.page).waitFor();
	},
	{ timeout: 240_000 },
);
after(async () => {
	await editor?.close();
	if (box !== undefined) rmSync(box, { recursive: true, force: true });
});

test("a mask that is typed is filled, and Tab takes it", limit, async () => {
	await w.openWith("import shutil\nshutil.|(folder)\n");
	await w.page.keyboard.type("[MASK]");
	await w.ghostIs("rmtree");
	await w.press("Tab");
	await w.shows("import shutil\nshutil.rmtree(folder)\n");
});

test("the status bar and the list of models say that it came with Maskwright", limit, async () => {
	await statusBarItem(w.page).filter({ hasText: "code-mlm-boxed" }).waitFor();
	await showViews(w.page);
	const row = viewRow(w.page, "Model code-mlm-boxed");
	await row.waitFor();
	assert.match((await row.getAttribute("aria-label")) ?? "", /in use, comes with Maskwright/);
});

test("code is found by its meaning", limit, async () => {
	const view = await showSearch(w.page);
	await indexed(view);
	await searchFor(w.page, view, "load the config");
	await view.locator('[role="option"]').first().waitFor();
	assert.match((await selected(view)).label, /meaning/);
});

test(
	"Train on This Workspace offers to go on from the model that came, then to begin from nothing",
	limit,
	async () => {
		await palette(w.page, "Maskwright: Train on This Workspace", { opensPick: true });
		const rows = w.page.locator(".quick-input-list .monaco-list-row");
		await rows.filter({ hasText: "code-mlm-adapt" }).waitFor();
		assert.match((await rows.nth(0).textContent()) ?? "", /from the model that comes with Maskwright, default/);
		assert.match((await rows.nth(1).textContent()) ?? "", /from nothing/);
		await pickInput(w.page).press("Escape");
	},
);
