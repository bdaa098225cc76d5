/** Code search as a user meets it. */
import type { FrameLocator, Page } from "playwright-core";
import { palette, webview } from "./actions.ts";

/** Shows the view with the focus in its input. */
export async function showSearch(page: Page): Promise<FrameLocator> {
	await palette(page, "Maskwright: Search Code");
	const view = webview(page);
	await view.locator(".query").waitFor();
	await view.locator(".query:focus").waitFor();
	return view;
}

/** Waits until the index of the window's folder is complete. */
export async function indexed(view: FrameLocator): Promise<void> {
	await view.locator(".index-text", { hasText: /files? indexed/ }).waitFor();
}

/** Puts a query into the input and waits for its answer. */
export async function searchFor(page: Page, view: FrameLocator, query: string): Promise<void> {
	await view.locator(".query").fill(query);
	await page.waitForTimeout(100);
	await view.locator(".result-list:not([aria-busy])").waitFor({ state: "attached" });
}

/** The selected result as a screen reader and the eye have it. */
export async function selected(view: FrameLocator): Promise<{ label: string; name: string; startLine: number }> {
	const option = view.locator('[role="option"][aria-selected="true"]');
	const label = (await option.getAttribute("aria-label")) ?? "";
	const name = (await option.locator(".result-name").textContent()) ?? "";
	return { label, name, startLine: Number(/lines? (\d+)/.exec(label)?.[1]) };
}
