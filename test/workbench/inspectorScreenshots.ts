/** The panels that look into a model, and their odd states, for `screenshots.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { openFile, palette, webview } from "./actions.ts";

/** Takes a picture in each theme; `prepare` shows what goes away when the theme is chosen. */
type TakePictures = (page: Page, name: string, prepare?: () => Promise<void>) => Promise<void>;

const code = `/** 🎭 Adds what two numbers are worth, at most \`limit\`. */
export function addUpTo(left: number, right: number, limit: number): number {
	const sum = left + right;
	if (sum > limit) {
		return limit;
	}
	return sum;
}

export class Counter {
	private total = 0;

	// Hebrew in a comment: שלום
	add(value: number): number {
		const before = this.total;
		this.total = addUpTo(before, value, 1000);
		return this.total - before;
	}
}
`;

/** The files that the pictures are of. */
export function writeInspected(workspace: string): void {
	writeFileSync(join(workspace, "adding.ts"), code.replaceAll("\n", "\r\n"));
	writeFileSync(join(workspace, "empty.ts"), "");
	writeFileSync(join(workspace, "unknown.qqq"), "(zork (blarg 12))\n");
	const lines = Array.from({ length: 2_000 }, (_, line) => `export const value${line} = ${line};`);
	writeFileSync(join(workspace, "huge.ts"), `${lines.join("\n")}\n`);
}

export async function photographInspectors(page: Page, inEveryTheme: TakePictures): Promise<void> {
	await photographMasks(page, inEveryTheme);
	await palette(page, "View: Close All Editors");
	await photographAttention(page, inEveryTheme);
	await palette(page, "View: Close All Editors");
}

async function photographMasks(page: Page, inEveryTheme: TakePictures): Promise<void> {
	const panel = await openBeside(page, "adding.ts", "Maskwright: Show Masking Inspector", selectAll);
	const chosen = panel.locator('.token.chosen[role="button"]');
	await chosen.first().waitFor();
	await chosen.nth(3).focus();
	await inEveryTheme(page, "masks");
	const models = await panel.getByLabel("Compare with").locator("option").allTextContents();
	await panel.getByLabel("Compare with").selectOption({ index: Math.min(1, models.length - 1) });
	await panel.locator(".side h2", { hasText: "differ most" }).waitFor();
	await inEveryTheme(page, "masks-two-models");
	await panel.getByLabel("Compare with").selectOption({ index: 0 });
	for (const strategy of ["syntax", "dataflow"]) {
		await panel.getByLabel("Strategy").selectOption(strategy);
		await panel.locator(`.token.by-${strategy}`).first().waitFor();
		await inEveryTheme(page, `masks-${strategy}`);
	}
	await panel.getByLabel("Strategy").selectOption("");
	await panel.getByLabel("Recipe").selectOption("graphcodebert");
	await panel.locator(".functions details").first().click();
	await inEveryTheme(page, "masks-graphcodebert");
	await panel.getByLabel("Recipe").selectOption("code-search");
	await panel.locator(".note", { hasText: "masks nothing" }).waitFor();
	await inEveryTheme(page, "masks-code-search");
	await panel.getByLabel("Recipe").selectOption("");
	await panel.getByRole("button", { name: "Table" }).click();
	await inEveryTheme(page, "masks-table");
}

async function photographAttention(page: Page, inEveryTheme: TakePictures): Promise<void> {
	const panel = await openBeside(page, "adding.ts", "Maskwright: Inspect Attention", selectFunction);
	const settled = () => panel.locator(".progress").waitFor({ state: "hidden" });
	await panel.locator("main:not([hidden])").waitFor();
	await settled();
	await inEveryTheme(page, "attention-code");
	await panel.locator(".picture").click({ position: { x: 48 + 10 + 60, y: 10 + 24 * 2.5 } });
	await inEveryTheme(page, "attention-held");
	for (const view of ["Lines", "Matrix"]) {
		await panel.locator(".segment", { hasText: view }).first().click();
		await settled();
		await inEveryTheme(page, `attention-${view.toLowerCase()}`);
	}
	await panel.locator(".picture").focus();
	for (let press = 0; press < 4; press++) await page.keyboard.press("+");
	await inEveryTheme(page, "attention-zoom");
	await panel.locator(".segment", { hasText: "Lines" }).first().click();
	await panel.locator(".heads").focus();
	for (const key of [" ", "ArrowRight", " ", "ArrowDown"]) await page.keyboard.press(key);
	await settled();
	await inEveryTheme(page, "attention-heads");
	await panel.getByRole("button", { name: "Sort by data flow" }).click();
	await panel.locator(".segment", { hasText: "Code" }).first().click();
	await inEveryTheme(page, "attention-sorted");
	for (const source of ["rollout", "integratedGradients"]) {
		await panel.getByLabel("What is shown").selectOption(source);
		await settled();
		if (source === "integratedGradients") {
			await panel.locator(".picture").click({ position: { x: 48 + 10 + 60, y: 10 + 24 * 2.5 } });
			await panel.locator(".readout", { hasText: /^Masked/ }).waitFor();
		}
		await inEveryTheme(page, `attention-${source}`);
	}
	await panel.getByLabel("What is shown").selectOption("head");
	await panel.getByRole("button", { name: "Tables" }).click();
	await panel.locator(".tables").scrollIntoViewIfNeeded();
	await inEveryTheme(page, "attention-tables");
	await panel.getByRole("button", { name: "Tables" }).click();
	for (const [file, name] of [
		["empty.ts", "empty"],
		["unknown.qqq", "unknown"],
		["huge.ts", "long"],
	] as const) {
		const select = file === "huge.ts" ? async () => {} : selectAll;
		await openBeside(page, file, "Maskwright: Inspect Attention", select);
		await panel.locator("h1", { hasText: file }).waitFor();
		await settled();
		await inEveryTheme(page, `attention-${name}`);
	}
}

const selectAll = (page: Page) => page.keyboard.press("Control+A");

/** Selects the first function, which any model can see at once. */
async function selectFunction(page: Page): Promise<void> {
	await page.keyboard.press("Control+Home");
	for (let line = 0; line < 8; line++) await page.keyboard.press("Shift+ArrowDown");
}

/** Opens a file in the first column, selects in it, and opens a panel on it beside. */
async function openBeside(
	page: Page,
	file: string,
	command: string,
	select: (page: Page) => Promise<void>,
): Promise<FrameLocator> {
	await page.keyboard.press("Control+1");
	await openFile(page, file);
	await select(page);
	await palette(page, command);
	return webview(page);
}
