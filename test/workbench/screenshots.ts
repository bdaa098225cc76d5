/**
 * Takes a picture of every view in four themes, to be looked at: `node --import tsx test/workbench/screenshots.ts`.
 * They lie in `.cache/screenshots`, which git does not see. With `inspectors`, and perhaps the folder of a model to look
 * into, only those of the panels that look into a model; with `commands` only those of the commands behind recipes of
 * papers, what they ask and say, and their rows in the masking inspector.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { useModel } from "../../sidecar/store/modelInUse.ts";
import { openFile, palette, setTheme, showViews, statusBarItem, themes, webview } from "./actions.ts";
import { commandProject, photographCommands } from "./commandScreenshots.ts";
import { house } from "./house.ts";
import { photographInspectors, writeInspected } from "./inspectorScreenshots.ts";
import { searchFor, showSearch } from "./searching.ts";
import { runReaches, stepsBeyond, trainedProject, trainFromPalette, withMore } from "./training.ts";
import { startEditor } from "./workbench.ts";

const folder = join(house, ".cache", "screenshots");
mkdirSync(folder, { recursive: true });
const themeNames = Object.keys(themes) as (keyof typeof themes)[];
const [only, model] = process.argv.slice(2);
const editor = await startEditor(
	only === "commands"
		? commandProject
		: withMore(trainedProject, ({ workspace, home }) => {
				writeInspected(workspace);
				if (model !== undefined) useModel(model, { home });
			}),
);
try {
	if (only === "inspectors") {
		const page = await editor.openWindow();
		await statusBarItem(page).waitFor();
		await photographInspectors(page, inEveryTheme);
	} else if (only === "commands") {
		const page = await editor.openWindow();
		await statusBarItem(page).waitFor();
		await photographCommands(page, (name, theme) => takePicture(page, `${name}-${themes[theme]}`), themeNames);
	} else await everything();
} finally {
	await editor.close();
}

async function everything(): Promise<void> {
	writeFileSync(
		join(editor.workspace, "masks.ts"),
		"export function scale(value: number) {\n\treturn value * [MASK];\n}\n",
	);
	const page = await editor.openWindow();
	await statusBarItem(page).waitFor();
	await palette(page, "Maskwright: Get Started");
	await page.locator(".gettingStartedContainer", { hasText: "Train on your code" }).waitFor();
	await inEveryTheme(page, "walkthrough");
	await palette(page, "View: Close All Editors");
	const panel = await trainFromPalette(page, 100_000);
	await stepsBeyond(panel, 100);
	await showViews(page);
	await inEveryTheme(page, "training");
	await panel.locator('[data-action="stop"]').click();
	await runReaches(panel, "done");
	await panel.getByRole("button", { name: "Table" }).click();
	await panel.locator(".step-table").scrollIntoViewIfNeeded();
	await inEveryTheme(page, "table");
	await inEveryTheme(page, "fill", () => showFill(page));
	await inEveryTheme(page, "fills", async () => {
		await showFill(page);
		await page.keyboard.press("Control+Space");
		await page.locator(".suggest-widget.visible .monaco-list-row").first().waitFor();
	});
	await palette(page, "View: Close All Editors");
	await openFile(page, "errors.ts");
	await palette(page, "Maskwright: Toggle Surprisal");
	const perplexity = page.locator(".statusbar-item", { hasText: /Perplexity [\d.]/ });
	await perplexity.waitFor();
	await inEveryTheme(page, "surprisal");
	await inEveryTheme(page, "surprisalHover", async () => {
		await page.locator(".editor-instance .view-line span span", { hasText: "MaskwrightError" }).first().hover();
		await page.locator(".monaco-hover:visible", { hasText: "Surprisal" }).first().waitFor();
	});
	await inEveryTheme(page, "surprisalLines", async () => {
		await perplexity.click();
		await page.locator(".quick-input-list .monaco-list-row").first().waitFor();
	});
	await palette(page, "Maskwright: Toggle Surprisal");
	await palette(page, "View: Close All Editors");
	await inEveryTheme(page, "status", async () => {
		await statusBarItem(page).hover();
		await page.locator(".monaco-hover:visible", { hasText: "Process" }).first().waitFor();
	});
	await photographInspectors(page, inEveryTheme);
	await showSearch(page); // last of the webviews: it stays
	await searchFor(page, webview(page), "clip the gradients by their norm");
	await webview(page).locator(".query").press("ArrowDown");
	await page.keyboard.press("Space");
	await inEveryTheme(page, "search");
	await searchFor(page, webview(page), "zebra");
	await inEveryTheme(page, "search-nothing");
	await inEveryTheme(page, "palette", async () => {
		await page.keyboard.press("F1");
		await page.keyboard.type("Maskwright");
	});
	await palette(page, "Maskwright: Doctor");
	await page.waitForTimeout(10_000);
	await inEveryTheme(page, "doctor");
	await palette(page, "View: Close All Editors");
}

/** The caret at the end of the mask, its fill shown. */
async function showFill(page: Page): Promise<void> {
	await openFile(page, "masks.ts");
	await page.keyboard.press("Control+Home");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("End");
	await page.keyboard.press("ArrowLeft");
	await page.locator(".ghost-text-decoration, .ghost-text").first().waitFor();
}

/** `prepare` shows what goes away when the theme is chosen. */
async function inEveryTheme(page: Page, name: string, prepare?: () => Promise<void>): Promise<void> {
	for (const theme of themeNames) {
		await setTheme(page, theme);
		await prepare?.();
		await takePicture(page, `${name}-${themes[theme]}`);
		if (prepare !== undefined) await page.keyboard.press("Escape");
	}
}

async function takePicture(page: Page, name: string): Promise<void> {
	await page.waitForTimeout(500); // colours that fade in
	await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}
