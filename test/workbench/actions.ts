/** What a user does in a window: palette, files, themes, webviews. */
import type { FrameLocator, Page } from "playwright-core";

/** The themes that every view is looked at in, with the class that the workbench then has. */
export const themes = {
	"Light Modern": "vs",
	"Dark Modern": "vs-dark",
	"Dark High Contrast": "hc-black",
	"Light High Contrast": "hc-light",
} as const;

/** Waits until the workbench of a page stands. */
export async function ready(page: Page): Promise<void> {
	await page.waitForSelector(".monaco-workbench .part.statusbar", { timeout: 60_000 });
}

/**
 * Runs a command from the palette. With `opensPick` the command itself asks something in the same place. The
 * palette's list is taken when it opens, so it is opened again until the command is there.
 */
export async function palette(page: Page, title: string, { opensPick = false } = {}): Promise<void> {
	const row = page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
	for (let attempt = 0; ; attempt++) {
		await page.keyboard.press("F1");
		try {
			await pickInput(page).waitFor({ timeout: 3000 });
			await pickInput(page).fill(`>${title}`);
			await row.click({ timeout: 2000 });
			if (!opensPick) await pickInput(page).waitFor({ state: "hidden", timeout: 5000 });
			return;
		} catch (cause) {
			if (attempt === 10) throw new Error(`The palette does not offer “${title}”.`, { cause });
			await page.keyboard.press("Escape");
		}
	}
}

/** The text field of a quick pick or an input box. */
export function pickInput(page: Page) {
	return page.locator(".quick-input-widget:visible .quick-input-box input");
}

/** Chooses the row of the open quick pick that holds `text`. */
export async function pick(page: Page, text: string | RegExp): Promise<void> {
	await page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first().click();
}

/** Opens a file of the workspace by its name and puts the caret into its editor. */
export async function openFile(page: Page, name: string): Promise<void> {
	const row = page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first();
	for (let attempt = 0; ; attempt++) {
		await page.keyboard.press("Control+P"); // a view that is being loaded may take the key
		try {
			await pickInput(page).fill(name, { timeout: 3000 });
			await row.click({ timeout: 5000 });
			break;
		} catch (cause) {
			if (attempt === 10) throw new Error(`Quick Open does not offer “${name}”.`, { cause });
			await page.keyboard.press("Escape");
		}
	}
	await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
	await page.locator(".editor-instance .monaco-editor .view-lines").first().click();
}

/** The lines that the active editor shows, ghost text included. */
export async function editorText(page: Page): Promise<string> {
	const lines = await page.locator(".editor-instance .monaco-editor .view-line").allTextContents();
	return lines.join("\n").replaceAll("\u00a0", " ");
}

/** Saves the active editor and waits until its tab is clean. */
export async function save(page: Page): Promise<void> {
	await page.keyboard.press("Control+S");
	await page.locator(".tab.active:not(.dirty)").waitFor();
}

/** Shows the window in another theme, which webviews follow. */
export async function setTheme(page: Page, label: keyof typeof themes): Promise<void> {
	await palette(page, "Preferences: Color Theme", { opensPick: true });
	await page.locator('.quick-input-widget:visible input[placeholder*="Color Theme"]').fill(label);
	await pick(page, label);
	await page.locator(`.monaco-workbench.${themes[label]}`).waitFor();
	await pickInput(page).waitFor({ state: "hidden" });
}

/** The document of an extension's webview, by its place among those of the window. */
export function webview(page: Page, place = 0): FrameLocator {
	const outer = 'iframe.webview.ready[src*="extensionId=maskwright.maskwright"]';
	return page.frameLocator(outer).nth(place).frameLocator("iframe#active-frame");
}

/** The status bar item of the extension. */
export function statusBarItem(page: Page) {
	return page.locator('.statusbar-item[id^="maskwright.maskwright"]').first();
}

/** Opens the view container of the extension. */
export async function showViews(page: Page): Promise<void> {
	const icon = page.locator('.activitybar .action-item:has(.action-label[aria-label^="Maskwright"])');
	if ((await icon.getAttribute("class"))?.includes("checked") !== true) await icon.click();
}

/** The row of a model or a run in the views, by what a screen reader says for it. */
export function viewRow(page: Page, spoken: string) {
	return page.locator(`.part.sidebar .monaco-list-row[aria-label^="${spoken},"]`);
}

/** Chooses an entry of a row's context menu. */
export async function rowMenu(page: Page, spoken: string, entry: string): Promise<void> {
	await viewRow(page, spoken).click({ button: "right" });
	const item = page.locator(".monaco-menu .action-menu-item", { hasText: entry });
	await item.hover();
	await page.waitForTimeout(500); // a menu takes no click right after it has opened
	await item.click();
	await item.waitFor({ state: "detached" });
}

/** Answers the dialog that is open. */
export async function answerDialog(page: Page, button: string): Promise<void> {
	await page.locator(".monaco-dialog-box .monaco-button", { hasText: button }).click();
	await page.locator(".monaco-dialog-box").waitFor({ state: "hidden" });
}
