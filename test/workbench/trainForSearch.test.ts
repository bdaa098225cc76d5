import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { palette, pick, pickInput } from "./actions.ts";
import { house } from "./house.ts";
import { indexed, searchFor, selected, showSearch } from "./searching.ts";
import { placeTrainedHome } from "./sharedModel.ts";
import { leftOut, startEditor } from "./workbench.ts";

test("a model is trained for search on the workspace, tells its MRR before and after, and ranks by meaning once it is used", {
	skip: leftOut,
}, async (t) => {
	const editor = await startEditor({
		prepare: async ({ workspace, home }) => {
			await placeTrainedHome(home);
			cpSync(join(house, "sidecar"), join(workspace, "sidecar"), { recursive: true });
		},
	});
	t.after(() => editor.close());
	const page = await editor.openWindow();
	const view = await showSearch(page);
	await indexed(view);
	await searchFor(page, view, "cut a text into windows around its masks");
	assert.doesNotMatch((await selected(view)).label, /meaning/);

	await palette(page, "Maskwright: Train for Search on This Workspace", { opensPick: true });
	await pick(page, "From tiny-1");
	await pick(page, "Other...");
	await page.locator(".quick-input-widget:visible", { hasText: "Minutes, hours, steps or tokens" }).waitFor();
	await pickInput(page).fill("2 steps");
	await page.keyboard.press("Enter");
	await pick(page, "Processor");
	const told = page.locator(".notification-list-item", { hasText: "is trained for search" });
	await told.waitFor({ timeout: 300_000 });
	assert.match(
		(await told.textContent()) ?? "",
		/\(MRR\) is 0\.\d{3} with it, was 0\.\d{3} before, and is 0\.\d{3} by words alone/,
	);

	await told.getByRole("button", { name: "Use for Search" }).click();
	await view.locator('.index-line[title*="by words and by meaning, with code-search-1"]').waitFor({ timeout: 300_000 });
	await indexed(view);
	// After two steps what is near by meaning is no more than chance: in one file alone, something is.
	await searchFor(page, view, "cut a text into windows around its masks path:inference/window.ts");
	await view
		.locator(".result-reasons", { hasText: /meaning #\d+/ })
		.first()
		.waitFor();
	await palette(page, "Maskwright: Find Near-Duplicates");
	await view
		.getByRole("status")
		.filter({ hasText: /near-duplicates/i })
		.or(view.locator(".placard h2", { hasText: "No near-duplicates" }))
		.first()
		.waitFor();
});
