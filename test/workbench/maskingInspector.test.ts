/** The masking inspector beside the file that it looks at. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { FrameLocator, Page } from "playwright-core";
import { masksSchema } from "../../sidecar/protocol/inspect/masks.ts";
import { openFile, palette, setTheme, statusBarItem, themes, webview } from "./actions.ts";
import { mainFile } from "./sharedModel.ts";
import { smallProject, trainedProject, withMore } from "./training.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 240_000 };
let editor: Editor;
let page: Page;

before(
	async () => {
		if (leftOut !== false) return;
		editor = await startEditor(
			withMore(trainedProject, (folders) => {
				writeFileSync(join(folders.workspace, "odd.py"), '\tface = "😀"\r\nname = "שלום"\r\n');
				writeFileSync(join(folders.workspace, "empty.py"), "");
				const issues = ["crash at night", "typo in a manual", "crash at noon"].map((text) => {
					return JSON.stringify({ text, label: text.startsWith("crash") ? "bug" : "docs" });
				});
				writeFileSync(join(folders.workspace, "issues.jsonl"), `${issues.join("\n")}\n`);
				writeFileSync(join(folders.workspace, "unknown.qqq"), "(zork (blarg 12))\n");
				const lines = Array.from({ length: 2_000 }, (_, line) => `value${line} = ${line}`);
				writeFileSync(join(folders.workspace, "long.py"), `${lines.join("\n")}\n`);
			}),
		);
		page = await editor.openWindow();
		await statusBarItem(page).waitFor();
	},
	{ timeout: 240_000 },
);
after(() => editor?.close());

const chosen = '.token.chosen[role="button"]';

/** Opens a file in the first column, and the inspector on it where it is not open. */
async function inspect(file: string): Promise<FrameLocator> {
	await page.keyboard.press("Control+1");
	await openFile(page, file);
	await palette(page, "Maskwright: Show Masking Inspector");
	const panel = webview(page);
	await panel.locator("h1", { hasText: file }).waitFor();
	return panel;
}

test("the panel shows what the command line tells, of the rows of the model's own run", limit, async () => {
	const panel = await inspect("errors.ts");
	await panel.locator(chosen).first().waitFor();
	const file = join(editor.workspace, "base", "errors.ts");
	const env = { ...process.env, MASKWRIGHT_HOME: editor.home };
	const { stdout } = await promisify(execFile)(process.execPath, [mainFile, "masks", file, "--json"], { env });
	const report = masksSchema.parse(JSON.parse(stdout));
	assert.equal(report.placed, "run");
	await panel.locator(".counts caption", { hasText: "as the run drew them in this epoch" }).waitFor();
	for (const action of ["mask", "random", "same"] as const) {
		assert.equal(await panel.locator(`.token.${action}[role="button"]`).count(), report.counts[action], action);
	}
	assert.match((await panel.locator(".summary").textContent()) ?? "", /loss \d+\.\d+ nats/);
	await panel.getByRole("button", { name: "Next epoch" }).click();
	await panel.locator(".counts caption", { hasText: "epoch 1" }).waitFor();
});

test("a token is selected in the editor, what is selected there is shown, and an edit is followed", limit, async () => {
	const panel = await inspect("errors.ts");
	const token = panel.locator(chosen).nth(4);
	await token.click();
	await page.locator(".editor-instance .selected-text").first().waitFor({ state: "attached" });
	await panel.locator(".token.selected").first().waitFor();
	await page.locator(".editor-instance .monaco-editor .view-lines").first().click();
	await page.keyboard.press("Control+Home");
	await page.keyboard.press("Shift+End");
	await panel.locator(".line").first().locator(".token.selected").nth(2).waitFor();
	await page.keyboard.type("const quagga = 1;");
	await panel
		.locator(".line", { hasText: /q.*u.*a.*g.*g.*a/ })
		.first()
		.waitFor();
	await panel.locator(".counts caption", { hasText: "as a run on this file alone would draw them" }).waitFor();
	await page.keyboard.press("Control+Z");
});

test("odd and empty files, and another editor, are followed", limit, async () => {
	let panel = await inspect("odd.py");
	await panel.locator(chosen).first().waitFor();
	assert.equal(await panel.locator(".line").count(), 3);
	panel = await inspect("empty.py");
	await panel.locator(".main > .note", { hasText: "empty.py is empty." }).waitFor();
	panel = await inspect("unknown.qqq");
	await panel.locator(chosen).first().waitFor();
	panel = await inspect("long.py");
	await panel.locator(".line").nth(1_999).waitFor({ state: "attached" });
	panel = await inspect("clipping.ts");
	await panel.locator(chosen).first().waitFor();
});

test("recipes that do not mask plain text have their rows, or say that they mask nothing", limit, async () => {
	const panel = await inspect("clipping.ts");
	await panel.getByLabel("Recipe").selectOption("graphcodebert");
	await panel.locator(".functions details").first().waitFor();
	await panel.getByRole("alert").filter({ hasText: "not made for rows of functions" }).waitFor();
	await panel.locator(chosen).first().waitFor();
	await panel.getByLabel("Recipe").selectOption("code-search");
	await panel.locator(".main > .note", { hasText: "code-search masks nothing" }).waitFor();
	await panel.getByLabel("Recipe").selectOption("");
	await panel.locator(chosen).first().waitFor();
	await panel.getByLabel("Selection only").check();
	await panel.locator(".main > .note", { hasText: "Nothing is selected in" }).waitFor();
	await panel.getByLabel("Selection only").uncheck();
});

test(
	"records are shown as their rows have them, lead back to their line, and what a recipe cannot read is told",
	limit,
	async () => {
		let panel = await inspect("issues.jsonl");
		await panel.getByLabel("Recipe").selectOption("instruct");
		const about = panel.locator(".main > .note");
		await about
			.filter({ hasText: "instruct reads records: 3 of this file stand here as its rows have them." })
			.waitFor();
		const answers = panel.locator(".token.chosen.by-region");
		assert.equal(await answers.count(), 3);
		await panel.locator(".line", { hasText: "Choose the option that fits the text." }).nth(2).waitFor();
		await answers.nth(1).click();
		await page.locator(".editor-instance .selected-text").first().waitFor({ state: "attached" });
		const selected = await page
			.locator(".editor-instance .view-overlays > div")
			.evaluateAll((lines) =>
				lines
					.sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top)
					.flatMap((line, at) => (line.querySelector(".selected-text") === null ? [] : [at + 1])),
			);
		assert.deepEqual(selected, [2]);
		assert.ok(await panel.getByRole("slider", { name: "Rate" }).isDisabled(), "the answer is masked at any rate");
		await panel.getByLabel("Recipe").selectOption("pepmlm");
		await about.filter({ hasText: /issues\.jsonl, line 1, column 1: there is no field "target"/ }).waitFor();
		assert.equal(await panel.locator(chosen).count(), 0);
		panel = await inspect("clipping.ts");
		await about.filter({ hasText: "pepmlm reads pairs of texts" }).waitFor();
		await panel.getByLabel("Recipe").selectOption("ernie-gram");
		await about.filter({ hasText: "One mask hides a whole n-gram" }).waitFor();
		await panel.locator(".token.chosen.joined").first().waitFor();
		await panel.getByLabel("Recipe").selectOption("");
		await panel.locator(chosen).first().waitFor();
	},
);

test("without a model the panel says so", limit, async (t) => {
	const bare = await startEditor(smallProject);
	t.after(() => bare.close());
	writeFileSync(join(bare.workspace, "some.ts"), "let a = 1;\n");
	const window = await bare.openWindow();
	await openFile(window, "some.ts");
	await palette(window, "Maskwright: Show Masking Inspector");
	await webview(window).getByRole("alert").filter({ hasText: /model/ }).waitFor();
	assert.equal(await window.locator(".notification-toast").count(), 0);
});

test("it is seen in four themes", limit, async () => {
	const panel = await inspect("clipping.ts");
	await panel.locator(chosen).first().waitFor();
	const kept = process.env["MASKWRIGHT_TEST_KEEP"];
	for (const label of Object.keys(themes) as (keyof typeof themes)[]) {
		await setTheme(page, label);
		await panel.locator(chosen).first().waitFor();
		const kind = {
			vs: "vscode-light",
			"vs-dark": "vscode-dark",
			"hc-black": "vscode-high-contrast",
			"hc-light": "vscode-high-contrast-light",
		}[themes[label]];
		await panel.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
		if (kept !== undefined) await page.screenshot({ path: join(kept, `inspector-${label.replaceAll(" ", "")}.png`) });
	}
});
