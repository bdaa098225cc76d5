import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openFile, save, setTheme, statusBarItem } from "./actions.ts";
import { fromOneTo, runReaches, smallProject, stepsBeyond, tableSteps, trainFromPalette } from "./training.ts";
import { leftOut, startEditor } from "./workbench.ts";

test("a programmer trains from the palette, sees the curve move and takes a fill with Tab", {
	skip: leftOut,
}, async (t) => {
	const editor = await startEditor(smallProject);
	t.after(() => editor.close());
	const file = join(editor.workspace, "scale.ts");
	const before = "\uFEFFexport function scale(value: number) {\r\n\treturn ;\r\n}\r\n";
	writeFileSync(file, before);
	const page = await editor.openWindow();

	const panel = await trainFromPalette(page, 200);
	await runReaches(panel, "running");
	const step = await stepsBeyond(panel, 0);
	const chart = panel.locator("canvas").first();
	const drawn = await chart.screenshot();
	await stepsBeyond(panel, step);
	assert.notDeepEqual(await chart.screenshot(), drawn);
	await setTheme(page, "Light High Contrast");
	await panel.locator('body[data-vscode-theme-kind="vscode-high-contrast-light"]').waitFor();
	await runReaches(panel, "done");
	assert.deepEqual(await tableSteps(panel), fromOneTo(200));
	await statusBarItem(page).filter({ hasText: "tiny-1" }).waitFor();

	await openFile(page, "scale.ts");
	await page.keyboard.press("Control+Home");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("End");
	await page.keyboard.press("ArrowLeft");
	await page.keyboard.type("[MASK]");
	const ghost = page.locator(".ghost-text-decoration, .ghost-text").first();
	await ghost.waitFor();
	const fill = ((await ghost.textContent()) ?? "").replaceAll("\u00a0", " ");
	await page.keyboard.press("Tab");
	await ghost.waitFor({ state: "hidden" });
	await save(page);
	assert.equal(readFileSync(file, "utf8"), before.replace("return ;", `return ${fill};`));
});
