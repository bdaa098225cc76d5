/** The attention panel as a user meets it: views, order of heads, tokens and editor, reload, export, and its states. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { openFile, palette, pickInput, ready, setTheme, statusBarItem, themes, webview } from "./actions.ts";
import { smallProject, trainedProject, withMore } from "./training.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 240_000 };
let editor: Editor;
let page: Page;
let panel: FrameLocator;

/** Tabs, a character beyond the basic plane, Windows line ends; few enough tokens for a tiny model. */
const code = [
	"/** 🎭 Adds. */",
	"export function add(left: number, right: number): number {",
	"\tconst sum = left + right;",
	"\treturn sum;",
	"}",
	"",
].join("\r\n");

before(
	async () => {
		if (leftOut !== false) return;
		editor = await startEditor(
			withMore(trainedProject, (folders) => {
				writeFileSync(join(folders.workspace, "adding.ts"), code);
				writeFileSync(join(folders.workspace, "empty.ts"), "");
				writeFileSync(join(folders.workspace, "unknown.qqq"), "(zork (blarg 12))\n");
				const lines = Array.from({ length: 2_000 }, (_, line) => `export const value${line} = ${line};`);
				writeFileSync(join(folders.workspace, "huge.ts"), `${lines.join("\n")}\n`);
			}),
		);
		page = await editor.openWindow();
		await statusBarItem(page).waitFor();
		await openFile(page, "adding.ts");
		const caretAt = (place: RegExp) => page.locator(".statusbar-item", { hasText: place }).waitFor();
		await page.keyboard.press("Control+Home");
		await caretAt(/Ln 1, Col 1$/);
		await page.keyboard.press("ArrowDown");
		await caretAt(/Ln 2, Col 1$/);
		for (let line = 0; line < 4; line++) await page.keyboard.press("Shift+ArrowDown");
		await caretAt(/Ln 6, Col 1 \(\d+ selected\)/);
		panel = await inspect(page);
	},
	{ timeout: 240_000 },
);
after(() => editor?.close());

async function inspect(of: Page): Promise<FrameLocator> {
	await palette(of, "Maskwright: Inspect Attention");
	return webview(of);
}

const shown = (of: FrameLocator = panel) => of.locator("main:not([hidden])").waitFor();
const settled = (of: FrameLocator = panel) => of.locator(".progress").waitFor({ state: "hidden" });
const choose = (name: string) => panel.locator(".segment", { hasText: name }).first().click();

/** The picture as it is drawn, once it stays the same. */
async function drawn(surface: Locator): Promise<string> {
	await settled();
	let last = "";
	for (;;) {
		const next = await surface.locator("canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
		if (next === last) return next;
		last = next;
		await page.waitForTimeout(150);
	}
}

/** The picture once it is another one and stays so. */
async function changed(surface: Locator, from: string | undefined): Promise<string> {
	for (;;) {
		const now = await drawn(surface);
		if (now !== from) return now; // the test's own limit ends it
	}
}

/** Pixels that anything is drawn on. */
function inked(surface: Locator): Promise<number> {
	return surface.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
		const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
		let count = 0;
		for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) count++;
		return count;
	});
}

/** Waits until so many stretches of the editor's lines are selected: the panel has the focus, so the status bar is silent. */
async function selectedInEditor(count: number): Promise<void> {
	const selected = page.locator(".editor-instance .view-overlays .selected-text");
	while ((await selected.count()) !== count) await page.waitForTimeout(50); // the test's own limit ends it
}

const picture = () => panel.locator(".picture");
const heads = () => panel.locator(".heads");

test("it shows the tokens of the selection as code, lines and matrix, and all heads", limit, async () => {
	await shown();
	const facts = (await panel.locator(".facts").textContent()) ?? "";
	assert.match(facts, /\d+ tokens, \d+ layers of \d+ heads/);
	await drawn(heads());
	assert.ok((await inked(heads())) > 500);
	const pictures = [await drawn(picture())];
	for (const view of ["Lines", "Matrix"]) {
		await choose(view);
		pictures.push(await changed(picture(), pictures.at(-1)));
		assert.ok((await inked(picture())) > 500, view);
	}
	assert.equal(new Set(pictures).size, 3);
	await picture().focus();
	await page.keyboard.press("+");
	await changed(picture(), pictures[2]);
	await choose("Code");
});

test("heads are sorted by their share of attention on the data flow", limit, async () => {
	const before = await drawn(heads());
	await panel.getByRole("button", { name: "Sort by data flow" }).click();
	await changed(heads(), before);
	await panel.getByRole("button", { name: "Tables" }).click();
	const rows = panel.locator(".table-part", { hasText: "By chance" }).locator("tbody tr");
	await rows.first().waitFor();
	const times = (await rows.locator("td:nth-child(5)").allTextContents()).map(Number);
	assert.ok(times.length > 1 && times.every((lift) => lift >= 0));
	assert.deepEqual(
		times,
		times.toSorted((one, other) => other - one),
	);
	await panel.getByRole("button", { name: "Tables" }).click();
	await panel.getByRole("button", { name: "Sort by data flow" }).click();
});

test("a token that is clicked is selected in the editor, and the editor's selection is marked", limit, async () => {
	const still = await drawn(picture());
	await picture().click({ position: { x: 48 + 10 + 60, y: 10 + 12 } });
	await selectedInEditor(1);
	assert.match((await panel.locator(".readout").textContent()) ?? "", /\(line 2\) looks at “/);
	const held = await changed(picture(), still);
	await page.locator(".editor-instance .view-line", { hasText: "return" }).click();
	await selectedInEditor(0);
	await changed(picture(), held);
	await picture().focus();
	await page.keyboard.press("ArrowRight");
	await selectedInEditor(1);
	await panel.locator(".for-screen-readers", { hasText: /./ }).waitFor({ state: "attached" });
});

test("rollout and gradients of a chosen prediction are shown", limit, async () => {
	const source = panel.getByLabel("What is shown");
	const head = await drawn(picture());
	await source.selectOption("rollout");
	await changed(picture(), head);
	await source.selectOption("integratedGradients");
	await picture().click({ position: { x: 48 + 10 + 90, y: 10 + 36 } });
	await panel.locator(".readout", { hasText: /^Masked, “.+” has [\d.e-]+%/ }).waitFor();
	await source.selectOption("head");
	await settled();
});

test("it is seen in every theme", limit, async () => {
	const kept = process.env["MASKWRIGHT_TEST_KEEP"];
	for (const [theme, file] of Object.entries(themes) as [keyof typeof themes, string][]) {
		await setTheme(page, theme);
		for (const view of ["Code", "Lines", "Matrix"]) {
			await choose(view);
			await drawn(picture());
			assert.ok((await inked(picture())) > 500, `${theme}, ${view}`);
			if (kept !== undefined) await page.screenshot({ path: join(kept, `attention-${view}-${file}.png`) });
		}
	}
	await setTheme(page, "Dark Modern");
});

const lastBytes = { json: "}", html: "</html>", svg: "</svg>", png: "IEND\xaeB`\x82" } as const;

/** A file that VS Code writes, once all of it is there. */
async function writtenFile(path: string, end: string): Promise<Buffer> {
	for (;;) {
		const content = existsSync(path) ? readFileSync(path) : Buffer.of();
		if (content.toString("latin1").trimEnd().endsWith(end)) return content;
		await page.waitForTimeout(50);
	}
}

test("the numbers and the whole panel are exported as files", limit, async () => {
	for (const [entry, ending] of [
		["Numbers as JSON", "json"],
		["Everything as One HTML File", "html"],
		["This View as SVG", "svg"],
		["This View as PNG", "png"],
	] as const) {
		await panel.getByRole("button", { name: "Export" }).click();
		await panel.getByRole("menuitem", { name: entry }).click();
		await pickInput(page).waitFor();
		while (!(await pickInput(page).inputValue()).endsWith(ending)) {
			await page.waitForTimeout(50); // the dialog writes the folder first
		}
		const path = await pickInput(page).inputValue();
		assert.match(path, new RegExp(`attention-adding.ts-0\\.0\\.${ending}$`));
		await page.keyboard.press("Enter");
		await pickInput(page).waitFor({ state: "hidden" });
		const content = await writtenFile(path, lastBytes[ending]);
		if (ending === "json") {
			const { tokens, attention } = JSON.parse(content.toString());
			assert.equal(attention.length, tokens.length);
			for (const row of attention) {
				const sum = row.reduce((total: number, [, share]: [number, number]) => total + share, 0);
				assert.ok(Math.abs(sum - 1) < 0.1, String(sum)); // shares of one byte
			}
		}
		if (ending === "html")
			assert.ok(
				content.toString().split("<svg").length - 1 === 4 && !/https?:\/\/(?!www\.w3)/.test(content.toString()),
			);
		if (ending === "svg") assert.match(content.toString(), /^<svg /);
		if (ending === "png") assert.equal(content.subarray(1, 4).toString(), "PNG");
	}
});

test("a window that is reloaded brings the panel back as it was", limit, async () => {
	await choose("Lines");
	await panel.getByRole("spinbutton", { name: "Head" }).fill("1");
	await settled();
	const facts = await panel.locator(".facts").textContent();
	const loaded = page.waitForEvent("load", { timeout: 60_000 });
	await palette(page, "Developer: Reload Window", { opensPick: true });
	await loaded;
	await ready(page);
	panel = webview(page);
	await shown();
	await settled();
	assert.equal(await panel.locator(".facts").textContent(), facts);
	assert.equal(await panel.locator('input[value="lines"]').isChecked(), true);
	assert.equal(await panel.getByRole("spinbutton", { name: "Head" }).inputValue(), "1");
	await choose("Code");
});

test("an edit is told, and the panel looks again", limit, async () => {
	await page.locator(".editor-instance .view-line").first().click(); // the group of the panel shall not take the file
	await page.keyboard.press("Control+End");
	await page.keyboard.type("let other = add(1, 2);");
	const notice = panel.getByRole("alert");
	await notice.filter({ hasText: "edited since" }).waitFor();
	await notice.getByRole("button", { name: "Try Again" }).click();
	await notice.waitFor({ state: "hidden" });
	await shown();
	await palette(page, "File: Revert File");
});

test("odd texts have a sensible state each", limit, async () => {
	await page.locator(".editor-instance .view-line").first().click(); // files open in the group that has the focus
	await openFile(page, "empty.ts");
	panel = await inspect(page);
	await panel.locator(".placard", { hasText: "There is no code to look at" }).waitFor();
	await openFile(page, "unknown.qqq");
	panel = await inspect(page);
	await shown();
	await panel.locator(".head-area .note", { hasText: "There is no data flow: the file is in none of" }).waitFor();
	assert.equal(await panel.getByRole("button", { name: "Sort by data flow" }).isDisabled(), true);
	await openFile(page, "huge.ts");
	await page.keyboard.press("Control+A");
	panel = await inspect(page);
	await panel.locator(".placard", { hasText: /the model sees \d+ at a time/ }).waitFor();
	await page.locator(".editor-instance .view-line").nth(3).click();
	panel = await inspect(page);
	await shown();
});

test("without a model the panel says so and offers to train", limit, async (t) => {
	const bare = await startEditor(smallProject);
	t.after(() => bare.close());
	writeFileSync(join(bare.workspace, "some.ts"), "let a = 1;\n");
	const window = await bare.openWindow();
	await openFile(window, "some.ts");
	const empty = await inspect(window);
	await empty
		.locator(".placard", { hasText: "model" })
		.getByRole("button", { name: "Train on This Workspace" })
		.waitFor();
	assert.equal(await window.locator(".notification-toast").count(), 0);
});
