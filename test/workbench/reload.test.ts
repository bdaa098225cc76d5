import assert from "node:assert/strict";
import { test } from "node:test";
import { palette, ready, webview } from "./actions.ts";
import { fromOneTo, runReaches, smallProject, stepsBeyond, tableSteps, trainFromPalette } from "./training.ts";
import { leftOut, startEditor } from "./workbench.ts";

test("a window that is reloaded during a run shows the whole curve, no step missing", { skip: leftOut }, async (t) => {
	const editor = await startEditor(smallProject);
	t.after(() => editor.close());
	const page = await editor.openWindow();
	const before = await stepsBeyond(await trainFromPalette(page, 100_000), 20);

	// VS Code keeps its open tabs for a reload of its own at once, for one of the browser only some seconds later.
	const loaded = page.waitForEvent("load", { timeout: 60_000 });
	await palette(page, "Developer: Reload Window", { opensPick: true });
	await loaded;
	await ready(page);
	const panel = webview(page);
	await runReaches(panel, "running");
	await stepsBeyond(panel, before);
	await panel.locator('[data-action="stop"]').click();
	await runReaches(panel, "done");
	const steps = await tableSteps(panel);
	assert.ok(steps.length > before);
	assert.deepEqual(steps, fromOneTo(steps.length));
});
