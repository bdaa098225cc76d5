/** What a command says and asks, and what it leaves in the editor. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Locator, Page } from "playwright-core";
import { editorText, palette, pickInput } from "./actions.ts";
import { mainFile } from "./sharedModel.ts";
import type { Editor } from "./workbench.ts";

/** The notifications that say this. */
export function told(page: Page, text: string | RegExp): Locator {
	return page.locator(".notifications-toasts .notification-list-item", { hasText: text });
}

/** Takes all notifications away. */
export async function clearTold(page: Page): Promise<void> {
	await palette(page, "Notifications: Clear All Notifications");
	await page.locator(".notifications-toasts .notification-list-item").first().waitFor({ state: "detached" });
}

/** Runs a command that ends in a notification, and takes this away; gives its text. */
export async function saysAt(page: Page, command: string, text: string | RegExp): Promise<string> {
	await palette(page, command);
	return heard(page, text);
}

/** Waits for a notification and takes it away; gives its text. */
export async function heard(page: Page, text: string | RegExp): Promise<string> {
	const item = told(page, text).first();
	await item.waitFor();
	const sentence = (await item.locator(".notification-list-item-message").textContent()) ?? "";
	await clearTold(page);
	return sentence;
}

/** The heading of the open quick pick or input box, once it is this. */
export async function asked(page: Page, title: string | RegExp): Promise<void> {
	await page.locator(".quick-input-widget:visible .quick-input-title", { hasText: title }).waitFor();
}

/** Answers the open input box. */
export async function answer(page: Page, text: string): Promise<void> {
	await pickInput(page).fill(text);
	await page.keyboard.press("Enter");
}

/** What the open input box finds wrong with an answer. */
export async function refused(page: Page, text: string, why: string): Promise<void> {
	await pickInput(page).fill(text);
	await page.locator(".quick-input-widget:visible .quick-input-message", { hasText: why }).waitFor();
}

/** The rows of the open quick pick as a screen reader says them, once they are there. */
export async function rows(page: Page): Promise<string[]> {
	const all = page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row");
	await all.first().waitFor();
	return all.evaluateAll((found) => found.map((row) => row.getAttribute("aria-label") ?? ""));
}

/** Leaves whatever is asked. */
export async function leave(page: Page): Promise<void> {
	await page.keyboard.press("Escape");
	await pickInput(page).waitFor({ state: "hidden" });
}

/** Waits until the active editor shows exactly this text. */
export async function shows(page: Page, expected: string): Promise<void> {
	let found = "";
	for (let attempt = 0; attempt < 200; attempt++) {
		found = await editorText(page);
		if (found === expected) return;
		await page.waitForTimeout(100);
	}
	assert.equal(found, expected);
}

/** An editor of a file that has no name yet, with a text that is typed; `shown` is what the editor makes of it. */
export async function typeUntitled(page: Page, text: string, shown = text): Promise<void> {
	await palette(page, "File: New Untitled Text File");
	await page.locator('.editor-instance[aria-label*="Untitled"] .monaco-editor.focused').waitFor();
	await shows(page, "");
	await page.keyboard.type(text);
	await shows(page, shown);
}

/** What the command line of the same home answers, as JSON. */
export async function commandLine<Answer>(editor: Editor, ...args: readonly string[]): Promise<Answer> {
	const env = { ...process.env, MASKWRIGHT_HOME: editor.home };
	const options = { env, maxBuffer: 2 ** 26 };
	const { stdout } = await promisify(execFile)(process.execPath, [mainFile, ...args, "--json"], options);
	return JSON.parse(stdout) as Answer;
}
