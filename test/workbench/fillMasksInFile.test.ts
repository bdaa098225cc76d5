/** Every mask of a file at once, and what there is without a model and in a read-only editor. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fillTexts } from "../support/tinyFillModel.ts";
import { palette, statusBarItem } from "./actions.ts";
import { type FillWindow, fillWindow, placeEmptyFiles, placeFillModel } from "./fills.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 120_000 };
let editor: Editor;
let files: string[] = [];
let w: FillWindow;

/** Never used but by the test that asks for it. */
const readOnly = "readOnly.py";

before(
	async () => {
		if (leftOut !== false) return;
		editor = await startEditor({
			prepare: ({ workspace }) => {
				files = placeEmptyFiles(workspace);
				writeFileSync(join(workspace, readOnly), "");
			},
			settings: () => ({ "maskwright.jumpToNextMask": true, "files.readonlyInclude": { [`**/${readOnly}`]: true } }),
		});
		w = fillWindow(editor, await editor.openWindow(), files);
		await statusBarItem(w.page).waitFor();
	},
	{ timeout: 120_000 },
);
after(() => editor?.close());

const masked = "import shutil\nshutil.[MASK](folder)\n\nclass Window([MASK]):\n    pass\n";
const filled = masked.replace("[MASK]", "rmtree").replace("[MASK]", "Widget");
const command = "Maskwright: Fill Masks in File";
const rows = () => w.page.locator(".quick-input-list .monaco-list-row");

/** Waits for a notification, reads it and closes it. */
async function notification(text: string): Promise<string> {
	const toast = w.page.locator(".notification-toast", { hasText: text });
	await toast.waitFor();
	const whole = (await toast.textContent()) ?? "";
	await palette(w.page, "Notifications: Clear All Notifications");
	return whole;
}

test("without a model nothing shows up at a mask, and the command says what to do", limit, async () => {
	await w.openWith(masked.replace("[MASK]", "[MASK]|"));
	await w.page.waitForTimeout(2000);
	assert.equal(await w.page.locator(".notification-toast").count(), 0);
	await w.strikes("");
	await palette(w.page, command);
	assert.match(await notification("model"), /Train on This Workspace/);
	await w.shows(masked);
});

test("without a mask the command says so", limit, async () => {
	await w.openWith("|import shutil\n");
	await palette(w.page, command);
	await notification("has no mask to fill");
});

test("all fills are shown first and written as one undo step", limit, async () => {
	await placeFillModel(editor.home, [...fillTexts, filled]);
	await palette(w.page, "Maskwright: Restart Sidecar");
	await w.openWith(`|${masked}`);
	await palette(w.page, command, { opensPick: true });
	await rows().filter({ hasText: "shutil.rmtree(folder)" }).waitFor();
	await rows().filter({ hasText: "class Window(Widget):" }).waitFor();
	await w.strikes("[MASK][MASK]");
	await w.press("Escape");
	await rows().first().waitFor({ state: "hidden" });
	await w.shows(masked);
	await w.strikes("");

	await palette(w.page, command, { opensPick: true });
	await rows().filter({ hasText: "class Window(Widget):" }).waitFor();
	await w.press("Enter");
	await w.shows(filled);
	await w.page.locator(".editor-instance .view-lines").first().click();
	await w.press("Control+Z");
	await w.shows(masked);
});

test("a fill that is unchecked is not written", limit, async () => {
	await w.openWith(`|${masked}`);
	await palette(w.page, command, { opensPick: true });
	const selected = w.page.locator(".quick-input-count", { hasText: "1" });
	for (let attempt = 0; attempt < 5 && !(await selected.isVisible()); attempt++) {
		await rows().filter({ hasText: "shutil.rmtree(folder)" }).locator(".monaco-checkbox, input").first().click();
		await selected.waitFor({ timeout: 3000 }).catch(() => {}); // the list was not ready
	}
	await selected.waitFor();
	await w.page.locator(".quick-input-box input").first().focus();
	await w.press("Enter");
	await w.shows(masked.replace("([MASK])", "(Widget)"));
});

test("with maskwright.jumpToNextMask, Tab after Tab fills one mask after the other", limit, async () => {
	await w.openWith(masked.replace("[MASK]", "[MASK]|"));
	await w.ghostIs("rmtree");
	await w.press("Tab");
	await w.ghostIs("Widget");
	await w.press("Tab");
	await w.shows(filled);
});

test("a read-only editor shows no fill and keeps its text", limit, async () => {
	files.push(readOnly);
	await w.openWith("import shutil\nshutil.[MA|SK](folder)\n");
	await w.page.waitForTimeout(1000);
	await w.press("Tab");
	await w.ghostIs(undefined);
	await w.strikes("");
	await w.shows("import shutil\nshutil.[MASK](folder)\n");
});
