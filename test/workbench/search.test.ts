import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { FrameLocator, Page } from "playwright-core";
import { openFile, palette, webview } from "./actions.ts";
import { indexed, searchFor, selected, showSearch } from "./searching.ts";
import { smallProject } from "./training.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

interface Search {
	readonly editor: Editor;
	readonly page: Page;
	readonly view: FrameLocator;
}

/** A window on the small project with its index built. */
async function openIndexed(t: TestContext): Promise<Search> {
	const editor = await startEditor(smallProject);
	t.after(() => editor.close());
	const page = await editor.openWindow();
	const view = await showSearch(page);
	await indexed(view);
	return { editor, page, view };
}

test("code is found as one types, walked, previewed and opened by the keys alone", { skip: leftOut }, async (t) => {
	const { editor, page, view } = await openIndexed(t);
	await page.keyboard.type("clip the gradients by their norm");
	const first = await selected(view);
	assert.match(first.label, /^\w+, function, optim\/clipping\.ts, lines \d+ to \d+, words #\d+.*matched: .*clip/);
	assert.ok((await view.locator("mark").count()) > 0);

	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Space");
	await page.locator('.tab.active.italic, .tab.active .italic, .tab.active[class*="italic"]').first().waitFor();
	await page.locator('.tab.active[data-resource-name="clipping.ts"]').waitFor();
	await page.locator(".editor-instance .rangeHighlight, .editor-instance [class*='ced-']").first().waitFor();
	assert.equal(await focusIn(view), "result-list", "a preview leaves the focus in the list");

	const { name } = await selected(view);
	await page.keyboard.press("Enter");
	await page.locator(".editor-instance .monaco-editor.focused").waitFor();
	const text = readFileSync(join(editor.workspace, "optim", "clipping.ts"), "utf8");
	const lines = text.split("\n");
	const line = await page.locator(".editor-instance .line-numbers.active-line-number").first().textContent();
	const { startLine } = await selected(view);
	assert.equal(Number(line), startLine);
	assert.ok(
		lines.slice(startLine - 1, startLine + 12).some((each) => each.includes(name)),
		`${name} at line ${line}`,
	);
});

test("a file that is changed, made, renamed or deleted is found within two seconds", { skip: leftOut }, async (t) => {
	const { editor, page, view } = await openIndexed(t);
	const file = (name: string) => join(editor.workspace, "base", name);
	await searchFor(page, view, "quagga");
	await view.locator(".placard h2", { hasText: "No results" }).waitFor();
	const appears = async (name: string, act: () => void) => {
		const started = Date.now();
		act();
		await view.locator(".result-name", { hasText: name }).first().waitFor();
		return Date.now() - started;
	};
	const times = [
		await appears("quaggaOne", () => writeFileSync(file("zoo.ts"), "export function quaggaOne() {\n\treturn 1;\n}\n")),
		await appears("quaggaTwo", () => writeFileSync(file("zoo.ts"), "export function quaggaTwo() {\n\treturn 2;\n}\n")),
	];
	let started = Date.now();
	renameSync(file("zoo.ts"), file("park.ts"));
	await view.locator(".result-heading-text", { hasText: "park.ts" }).waitFor();
	times.push(Date.now() - started);
	started = Date.now();
	rmSync(file("park.ts"));
	await view.locator(".placard h2", { hasText: "No results" }).waitFor();
	times.push(Date.now() - started);
	t.diagnostic(`changed, changed again, renamed, deleted: ${times.join(", ")} ms`);
	assert.ok(Math.max(...times) <= 2000, times.join(", "));
});

test("an index is deleted, not built again unasked, verified, and tells why a file is not in it", {
	skip: leftOut,
}, async (t) => {
	const { editor, page, view } = await openIndexed(t);
	await palette(page, "Maskwright: Verify Index");
	await page.locator(".notification-list-item-message", { hasText: "is sound" }).waitFor();

	writeFileSync(join(editor.workspace, "base", "made.tmp.ts"), "export const made = 1;\n");
	await openFile(page, "made.tmp.ts");
	writeFileSync(join(editor.workspace, ".gitignore"), "# made\n*.tmp.ts\n");
	await palette(page, "Maskwright: Why Is This File (Not) Indexed?");
	const told = page.locator(".notification-list-item", { hasText: "made.tmp.ts" });
	await told.filter({ hasText: "*.tmp.ts" }).waitFor();
	await told.getByRole("button", { name: "Show Rule" }).click();
	await page.locator('.tab.active[data-resource-name=".gitignore"]').waitFor();
	await page.locator(".editor-instance .line-numbers.active-line-number", { hasText: "2" }).first().waitFor();

	await palette(page, "Maskwright: Delete Index...", { opensPick: true });
	await page.locator(".monaco-dialog-box").getByRole("button", { name: "Delete" }).click();
	await showSearch(page);
	await view.locator(".placard h2", { hasText: "This folder is not indexed" }).waitFor();
	await palette(page, "View: Show Explorer");
	const again = await showSearch(page);
	await again.getByRole("button", { name: "Build Index" }).click();
	await indexed(again);
});

test("code like a selection is found, and near-duplicates are listed", { skip: leftOut }, async (t) => {
	const { page, view } = await openIndexed(t);
	await searchFor(page, view, "clip");
	await page.keyboard.press("Enter");
	await page.locator(".editor-instance .monaco-editor.focused").waitFor();
	await palette(page, "Maskwright: Find Code Like Selection");
	await view.locator(".asked", { hasText: /Code like optim\/\w+\.ts:\d+–\d+/ }).waitFor();
	await view.locator('[role="option"]').first().waitFor();
});

/** Which element of the view has the focus. */
async function focusIn(view: FrameLocator): Promise<string> {
	return await view.locator("body").evaluate(() => document.activeElement?.className ?? "");
}

test("a view that is reloaded shows the same query and results", { skip: leftOut }, async (t) => {
	const { page, view } = await openIndexed(t);
	await searchFor(page, view, "bias correction");
	const before = await selected(view);
	await palette(page, "View: Show Explorer");
	const again = webview(page);
	await palette(page, "Maskwright: Search Code");
	await again.locator(".query").waitFor();
	assert.equal(await again.locator(".query").inputValue(), "bias correction");
	assert.deepEqual(await selected(again), before);
});
