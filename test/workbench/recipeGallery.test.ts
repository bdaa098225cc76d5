/** The recipe gallery, and training that begins there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { palette, pickInput, statusBarItem, webview } from "./actions.ts";
import { smallProject } from "./training.ts";
import { leftOut, startEditor } from "./workbench.ts";

test("a recipe's page leads to training with it", { skip: leftOut, timeout: 240_000 }, async (t) => {
	const editor = await startEditor(smallProject);
	t.after(() => editor.close());
	const page = await editor.openWindow();
	await statusBarItem(page).waitFor();
	await palette(page, "Maskwright: Show Recipes");
	const panel = webview(page);
	await panel.locator('[data-recipe="plain-bert"]').click();
	await panel.getByRole("heading", { level: 1, name: "plain-bert" }).waitFor();
	assert.match((await panel.locator("main").textContent()) ?? "", /Devlin et al\. 2019/);
	await panel.getByRole("button", { name: "Try on This Workspace" }).click();
	await pickInput(page).waitFor();
	const first = page.locator(".quick-input-list .monaco-list-row").first();
	await first.filter({ hasText: "plain-bert" }).waitFor();
	assert.match((await first.textContent()) ?? "", /default/);
	await page.keyboard.press("Escape");
	await pickInput(page).waitFor({ state: "hidden" });
});
