import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { palette, statusBarItem } from "./actions.ts";
import { listenersOf, pidsOf, processesOf } from "./processes.ts";
import { trainedProject } from "./training.ts";
import { leftOut, startEditor } from "./workbench.ts";

test("two windows that start the sidecar in the same instant share one, which listens on no port", {
	skip: leftOut,
}, async (t) => {
	const editor = await startEditor(trainedProject);
	t.after(() => editor.close());
	const windows = await Promise.all([editor.openWindow(), editor.openWindow()]);
	await Promise.all(windows.map((page) => statusBarItem(page).waitFor()));
	assert.deepEqual(processesOf(editor.home), []);

	await Promise.all(windows.map((page) => palette(page, "Maskwright: Start Sidecar")));
	await Promise.all(windows.map((page) => statusBarItem(page).filter({ hasText: "tiny-1" }).waitFor()));
	const told = await Promise.all(windows.map(sidecarInTooltip));
	assert.deepEqual(pidsOf(editor.home, "sidecar"), [told[0]]);
	assert.equal(told[1], told[0]);
	assert.deepEqual(listenersOf(processesOf(editor.home).map(({ pid }) => pid)), []);
});

/** The sidecar's process as the status bar's tooltip tells it. */
async function sidecarInTooltip(page: Page): Promise<number> {
	await statusBarItem(page).hover();
	const tooltip = page.locator(".monaco-hover:visible", { hasText: "Process" });
	const text = (await tooltip.first().textContent()) ?? "";
	return Number(/Process\D*(\d+)/.exec(text)?.[1]);
}
