import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { openFile, statusBarItem } from "./actions.ts";
import { kill, listenersOf, pidsOf, processesOf, type Role } from "./processes.ts";
import { fromOneTo, runReaches, stepsBeyond, tableSteps, trainedProject, trainFromPalette } from "./training.ts";
import { leftOut, startEditor } from "./workbench.ts";

test("a window goes on after the training, the inference and the sidecar process were killed", {
	skip: leftOut,
}, async (t) => {
	const editor = await startEditor(trainedProject);
	t.after(() => editor.close());
	writeFileSync(join(editor.workspace, "masks.ts"), "\n");
	const { home } = editor;
	const page = await editor.openWindow();
	const panel = await trainFromPalette(page, 100_000);
	let step = await stepsBeyond(panel, 40);

	await replaced(home, "training");
	step = await stepsBeyond(panel, step);
	await openFile(page, "masks.ts");
	await ghostFor(page, "let sum = [MASK]");
	await replaced(home, "inference", () => ghostFor(page, "const total = [MASK]"));
	await replaced(home, "sidecar");
	await ghostFor(page, "return [MASK]");
	await statusBarItem(page).filter({ hasText: "step" }).waitFor();
	assert.deepEqual(listenersOf(processesOf(home).map(({ pid }) => pid)), []);

	await page.locator(".tab", { hasText: "Loss" }).click();
	await runReaches(panel, "running");
	await stepsBeyond(panel, step);
	await panel.locator('[data-action="stop"]').click();
	await runReaches(panel, "done");
	const steps = await tableSteps(panel);
	assert.deepEqual(steps, fromOneTo(steps.length));
});

/** Kills the process of a role and waits until another has its place; `use` asks for it. */
async function replaced(home: string, role: Role, use?: () => Promise<void>): Promise<void> {
	const [killed] = pidsOf(home, role);
	assert.ok(killed !== undefined, `no ${role} process runs`);
	kill(killed);
	await use?.();
	for (let attempt = 0; attempt < 600; attempt++) {
		const [next] = pidsOf(home, role);
		if (next !== undefined && next !== killed) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	assert.fail(`the killed ${role} process was not replaced`);
}

/** Types a line with a mask, waits for its ghost text and takes it. */
async function ghostFor(page: Page, line: string): Promise<void> {
	await page.keyboard.press("Control+End");
	await page.keyboard.type(`\n${line}`);
	const ghost = page.locator(".ghost-text-decoration, .ghost-text").first();
	await ghost.waitFor();
	await page.keyboard.press("Tab");
	await ghost.waitFor({ state: "hidden" });
}
