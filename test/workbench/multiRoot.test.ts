/** A workspace of two folders: training asks which, and both have fills. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { openFile, palette, pick, pickInput, save, statusBarItem, webview } from "./actions.ts";
import { house } from "./house.ts";
import { copySmallProject } from "./smallProject.ts";
import { runReaches, smallProject } from "./training.ts";
import { leftOut, startEditor } from "./workbench.ts";

test("in a workspace of two folders the second is trained on, and masks of both are filled", {
	skip: leftOut,
	timeout: 300_000,
}, async (t) => {
	let workspace = "";
	const [first, second] = ["first", "second"];
	const editor = await startEditor({
		settings: ({ home }) => ({
			"maskwright.training.recipe": `${home}/other.json`,
			"maskwright.training.device": "cpu",
		}),
		prepare: async (folders) => {
			await smallProject.prepare?.(folders);
			copySmallProject(join(folders.workspace, second));
			cpSync(join(house, "sidecar", "base"), join(folders.workspace, first, "base"), { recursive: true });
			// The second folder has a recipe of its own.
			mkdirSync(join(folders.workspace, second, ".vscode"));
			const own = { "maskwright.training.recipe": `${folders.home}/tiny.json` };
			writeFileSync(join(folders.workspace, second, ".vscode", "settings.json"), JSON.stringify(own));
			for (const name of [first, second]) writeFileSync(join(folders.workspace, name, `${name}Mask.ts`), "\n");
			workspace = join(folders.workspace, "two.code-workspace");
			writeFileSync(workspace, JSON.stringify({ folders: [{ path: first }, { path: second }] }));
		},
	});
	t.after(() => editor.close());
	const page = await editor.openWindow(workspace);
	await statusBarItem(page).waitFor();

	await palette(page, "Maskwright: Train on This Workspace", { opensPick: true });
	await pickInput(page).fill(second); // a hover may lie over the row
	await page.keyboard.press("Enter");
	await page.locator(".quick-input-list .monaco-list-row", { hasText: "tiny.json" }).first().waitFor();
	await pick(page, "tiny.json");
	await pick(page, "Other...");
	await page.locator(".quick-input-widget:visible", { hasText: "Minutes, hours, steps or tokens" }).waitFor();
	await pickInput(page).fill("60 steps");
	await page.keyboard.press("Enter");
	await pick(page, "Processor");
	await page.locator(".tab.active", { hasText: "Loss" }).waitFor();
	await runReaches(webview(page), "done");
	const job = JSON.parse(readFileSync(join(editor.home, "runs", "tiny-1", "job.json"), "utf8")) as { corpus: string };
	assert.equal(job.corpus, join(editor.workspace, second));

	for (const name of [first, second]) {
		const fill = await fillIn(page, `${name}Mask.ts`);
		await save(page);
		assert.equal(readFileSync(join(editor.workspace, name, `${name}Mask.ts`), "utf8"), `return ${fill}\n`);
	}
});

/** Types a mask and takes its fill. */
async function fillIn(page: Page, file: string): Promise<string> {
	await openFile(page, file);
	await page.keyboard.press("Control+Home");
	await page.keyboard.type("return [MASK]");
	await page.locator(".editor-instance .view-line", { hasText: "return [MASK]" }).waitFor();
	const ghost = page.locator(".ghost-text-decoration, .ghost-text").first();
	await ghost.waitFor();
	const fill = ((await ghost.textContent()) ?? "").replaceAll("\u00a0", " ");
	await page.keyboard.press("Tab");
	await ghost.waitFor({ state: "hidden" });
	return fill;
}
