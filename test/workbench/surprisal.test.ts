/** The surprisal of the file that is edited: colours, list of lines, hover, problems, and its states. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import type { SurprisalReport } from "../../sidecar/protocol/inspect/surprisal.ts";
import { editorText, openFile, palette, pickInput, setTheme, statusBarItem, themes } from "./actions.ts";
import { mainFile } from "./sharedModel.ts";
import { smallProject, trainedProject, withMore } from "./training.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 180_000 };
let editor: Editor;
let page: Page;

/** Tabs, a character beyond the basic plane and Windows line ends: places must still agree. */
const code = [
	"/** 🎭 Adds two numbers. */",
	"export function add(left: number, right: number): number {",
	"\tconst zebra = right;",
	"\treturn left + zebra;",
	"}",
	"",
].join("\r\n");

before(
	async () => {
		if (leftOut !== false) return;
		editor = await startEditor(
			withMore(
				{
					...trainedProject,
					settings: (folders) => ({ ...trainedProject.settings?.(folders), "maskwright.surprisal.diagnostics": true }),
				},
				(folders) => {
					const { workspace } = folders;
					writeFileSync(join(workspace, "adding.ts"), code);
					writeFileSync(join(workspace, "empty.ts"), "");
					writeFileSync(join(workspace, "unknown.qqq"), "(zork (blarg 12))\n");
					const lines = Array.from({ length: 2_500 }, (_, line) => `export const value${line} = ${line};`);
					writeFileSync(join(workspace, "huge.ts"), `${lines.join("\n")}\n`);
				},
			),
		);
		page = await editor.openWindow();
		await statusBarItem(page).waitFor();
	},
	{ timeout: 240_000 },
);
after(() => editor?.close());

const status = (of: Page = page) => of.locator('.statusbar-item[id="maskwright.maskwright.maskwright.surprisal"]');
const toggle = (of: Page = page) => palette(of, "Maskwright: Toggle Surprisal");
const whole = (of: Page = page) =>
	status(of)
		.filter({ hasText: /Perplexity [\d.]/ })
		.waitFor();

/** How many marks of each kind of underline the lines of the active editor have, from the top. */
async function marks(): Promise<string[]> {
	const lines = await page.locator(".editor-instance .view-overlays > div").evaluateAll((overlays) =>
		overlays
			.map((overlay) => {
				const styles = [...overlay.querySelectorAll(".cdr")].map((mark) => getComputedStyle(mark).borderBottomStyle);
				// No function has a name here: the test's compiler would call for help that the page does not have.
				const text = ["dotted", "dashed", "solid"]
					.map((wanted) => `${styles.filter((style) => style === wanted).length} ${wanted}`)
					.join(", ");
				return { top: overlay.getBoundingClientRect().top, text };
			})
			.sort((one, other) => one.top - other.top),
	);
	return lines.map(({ text }) => text);
}

/** The same of a report. */
function expectedMarks({ tokens }: SurprisalReport): string[] {
	const inks = tokens.filter(({ text }) => text.trim() !== "");
	let offset = 0;
	return code.split("\r\n").map((line) => {
		const [start, end] = [offset, offset + line.length];
		offset = end + "\r\n".length;
		const own = inks.filter((token) => inkOf(token).start >= start && inkOf(token).start < end);
		const count = (least: number, below: number) =>
			drawn(own.filter(({ surprisal }) => surprisal >= least && surprisal < below));
		return `${count(4, 7)} dotted, ${count(7, 10)} dashed, ${count(10, 1000)} solid`;
	});
}

type Token = SurprisalReport["tokens"][number];

function inkOf({ start, text }: Token): { start: number; end: number } {
	const from = start + text.length - text.trimStart().length;
	return { start: from, end: from + text.trim().length };
}

/** VS Code draws marks that touch as one. */
function drawn(tokens: readonly Token[]): number {
	const spans = tokens.map(inkOf).sort((one, other) => one.start - other.start);
	let reached = -1;
	let count = 0;
	for (const { start, end } of spans) {
		if (start > reached) count++;
		reached = Math.max(reached, end);
	}
	return count;
}

/** Waits for marks: VS Code draws them some time after it has them. */
async function marksAre(wanted: (lines: readonly string[]) => boolean): Promise<void> {
	for (;;) {
		if (wanted(await marks())) return; // the test's own limit ends it
		await page.waitForTimeout(100);
	}
}

const none = "0 dotted, 0 dashed, 0 solid";

/** What the command line says of a file. */
async function reported(name: string): Promise<SurprisalReport> {
	const args = [mainFile, "surprisal", join(editor.workspace, name), "--json"];
	const env = { ...process.env, MASKWRIGHT_HOME: editor.home };
	const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 2 ** 26 });
	return JSON.parse(stdout) as SurprisalReport;
}

test(
	"tokens are marked by their surprisal as the command line tells it, and the status has the perplexity",
	limit,
	async () => {
		await openFile(page, "adding.ts");
		assert.ok((await marks()).every((line) => line === none));
		await toggle();
		await whole();
		const report = await reported("adding.ts");
		const { pseudoPerplexity } = report;
		await marksAre((now) => now.join() === expectedMarks(report).join());
		assert.ok(expectedMarks(report).some((line) => line !== none));
		const text = (await status().textContent()) ?? "";
		assert.match(text, new RegExp(`Perplexity ${pseudoPerplexity! < 99.95 ? pseudoPerplexity!.toFixed(1) : "\\d"}`));
	},
);

test("an edit takes the marks away and brings those of the new text", limit, async () => {
	await openFile(page, "adding.ts");
	await whole();
	const before = await marks();
	await page.keyboard.press("Control+End");
	await page.keyboard.type("xyzzy(plugh)");
	await marksAre((now) => (now[5] ?? none) !== none);
	await whole();
	await palette(page, "File: Revert File");
	await page.locator(".tab.active:not(.dirty)").waitFor();
	await marksAre((now) => now.join() === before.join());
});

test("the list has the least natural lines first, and goes to the chosen one", limit, async () => {
	await openFile(page, "adding.ts");
	await whole();
	const { lines } = await reported("adding.ts");
	const texts = code.split("\r\n");
	await status().click();
	const rows = page.locator(".quick-input-list .monaco-list-row");
	await rows.first().waitFor();
	const shown = await rows.locator(".quick-input-list-row:first-child .label-name").allTextContents();
	const expected = lines.map(({ line }) => (texts[line - 1] ?? "").trim()).filter((text) => text !== "");
	assert.deepEqual(
		shown.map((text) => text.replaceAll("\u00a0", " ")),
		expected,
	);
	await page.keyboard.press("Enter");
	await pickInput(page).waitFor({ state: "hidden" });
	await page.locator(".statusbar-item", { hasText: `Ln ${lines[0]!.line},` }).waitFor();
});

test("the hover tells what was expected, and Replace writes it as one undo step", limit, async () => {
	await openFile(page, "adding.ts");
	await whole();
	const worst = page.locator(".editor-instance .view-line span span", { hasText: /zebra|z/ }).last();
	const hover = page.locator(".monaco-hover:visible", { hasText: "Surprisal" });
	while (!(await hover.getByText(/Surprisal [\d.]+ bits, rank \d+/).isVisible())) {
		await page.mouse.move(400, 500); // a hover that was asked for too early does not come
		await worst.hover();
		await page.waitForTimeout(1_000);
	}
	const before = await editorText(page);
	await hover.getByText("Replace").first().click();
	await page.waitForFunction(
		(old) =>
			[...document.querySelectorAll(".editor-instance .view-line")]
				.map((line) => line.textContent)
				.join("\n")
				.replaceAll("\u00a0", " ") !== old,
		before,
	);
	await page.keyboard.press("Escape");
	await page.locator(".editor-instance .monaco-editor .view-lines").first().click();
	await page.keyboard.press("Control+Z");
	while ((await editorText(page)) !== before) await page.waitForTimeout(50);
});

test("very unlikely tokens are problems with quick fixes, for those who have asked for them", limit, async () => {
	await openFile(page, "adding.ts");
	await whole();
	await page.keyboard.press("Control+Home");
	const many = (await reported("adding.ts")).tokens.filter(
		({ surprisal, text }) => surprisal >= 10 && text.trim() !== "",
	);
	assert.ok(many.length > 0, "the tiny model finds something very unlikely");
	const [first] = many.sort((one, other) => one.start - other.start);
	const problems = page.locator(".editor-instance .view-overlays .squiggly-info");
	while ((await problems.count()) !== drawn(many)) await page.waitForTimeout(100);
	const before = code
		.slice(0, first!.start + first!.text.length)
		.trimEnd()
		.split("\r\n");
	for (let line = 1; line < before.length; line++) await page.keyboard.press("ArrowDown");
	for (let at = 0; at < [...before.at(-1)!].length; at++) await page.keyboard.press("ArrowRight");
	await page.keyboard.press("ArrowLeft");
	await page.keyboard.press("Control+.");
	const fix = page.locator(".action-widget .monaco-list-row", { hasText: "Replace with" });
	await fix.first().waitFor();
	await page.keyboard.press("Escape");
	assert.equal(readFileSync(join(editor.workspace, "adding.ts"), "utf8"), code);
});

test("an empty file, an unknown language and a huge file have their states", limit, async () => {
	await openFile(page, "empty.ts");
	await status().filter({ hasText: "Surprisal: no text" }).waitFor();
	await openFile(page, "unknown.qqq");
	await whole();
	await openFile(page, "huge.ts");
	await whole();
	await status().hover();
	await page.locator(".monaco-hover:visible", { hasText: /lines 1 to \d+\. The file has 2501 lines/ }).waitFor();
	await page.locator(".editor-instance .view-line").first().click();
	await page.keyboard.press("Control+End");
	const end = page.locator(".monaco-hover:visible", { hasText: /to 2501\. The file has 2501 lines/ });
	for (let attempt = 0; attempt < 40 && !(await end.isVisible()); attempt++) {
		await page.mouse.move(400, 300); // the hover is made anew
		await status().hover();
		await page.waitForTimeout(1_000);
	}
	await end.waitFor();
});

test("the marks are seen in every theme, and gone when it is switched off", limit, async () => {
	await openFile(page, "adding.ts");
	await whole();
	for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
		await setTheme(page, theme);
		// Few marks in the quiet themes; in high contrast, which has no half tones, the dotted ones are seen as well.
		const seen = theme.includes("High Contrast") ? ["dotted", "dashed", "solid"] : ["dashed", "solid"];
		let colors: string[] = [];
		while (colors.length === 0) {
			await page.waitForTimeout(50); // the marks of the file are on their way, or the theme is
			colors = await page.locator(".editor-instance .view-overlays .cdr").evaluateAll(
				(all, styles) =>
					all
						.map((mark) => getComputedStyle(mark))
						.filter(({ borderBottomStyle }) => styles.includes(borderBottomStyle))
						.map(({ borderBottomColor }) => borderBottomColor),
				seen,
			);
		}
		assert.ok(colors.length > 0 && !colors.includes("rgba(0, 0, 0, 0)"), `${theme}: ${colors}`);
	}
	await toggle();
	await status().waitFor({ state: "hidden" });
	await marksAre((now) => now.every((line) => line === none));
});

test("without a model the status says so", limit, async (t) => {
	const bare = await startEditor(smallProject);
	t.after(() => bare.close());
	writeFileSync(join(bare.workspace, "some.ts"), "let a = 1;\n");
	const window = await bare.openWindow();
	await openFile(window, "some.ts");
	await toggle(window);
	await status(window).filter({ hasText: "Surprisal: no model" }).waitFor();
	assert.equal(await window.locator(".notification-toast").count(), 0);
});
