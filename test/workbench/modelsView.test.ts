/** What the views do to models and runs, with the file system looked at. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { modelInUse, useModel } from "../../sidecar/store/modelInUse.ts";
import { saveInHome } from "../support/storedModel.ts";
import { fillTexts, tinyFillModel } from "../support/tinyFillModel.ts";
import { answerDialog, openFile, pick, pickInput, rowMenu, showViews, statusBarItem, viewRow } from "./actions.ts";
import { placeEmptyFiles } from "./fills.ts";
import { trainedProject, withMore } from "./training.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 180_000 };
let editor: Editor;
let page: Page;
let files: string[] = [];
let own: string;
let ofRun: string;

before(
	async () => {
		if (leftOut !== false) return;
		editor = await startEditor(
			withMore(trainedProject, async (folders) => {
				files = placeEmptyFiles(folders.workspace);
				const texts = [...fillTexts, "class Window(Widget)\n", "class Window(Widget)"]; // the last two as a mask is typed
				own = saveInHome(folders.home, "mine", await tinyFillModel(texts, { vocabularySize: 360, steps: 500 }));
				ofRun = join(folders.home, "runs", "tiny-1", "model");
				useModel(ofRun, { home: folders.home });
			}),
		);
		page = await editor.openWindow();
		await statusBarItem(page).waitFor();
		await showViews(page);
		await viewRow(page, "Model mine").waitFor();
	},
	{ timeout: 240_000 },
);
after(() => editor?.close());

/** Every file below a folder with its bytes. */
function contents(folder: string): Map<string, string> {
	const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
	const files = names.filter((name) => statSync(join(folder, name)).isFile());
	return new Map(files.map((name) => [name, readFileSync(join(folder, name)).toString("base64")]));
}

/** Types a text with a mask into a file of its own. */
async function typeMask(text: string): Promise<void> {
	await openFile(page, files.pop() ?? assert.fail("There are no more files."));
	await page.keyboard.type(text);
}

const ghost = () => page.locator(".ghost-text-decoration, .ghost-text").first();

async function fillOf(text: string): Promise<string> {
	await typeMask(text);
	await ghost().waitFor();
	return ((await ghost().textContent()) ?? "").replaceAll("\u00a0", " ");
}

async function hasNoFill(text: string): Promise<void> {
	await typeMask(text);
	await page.waitForTimeout(5_000);
	assert.equal(await ghost().count(), 0);
}

test(
	"Export copies the model's folder, byte for byte, or writes it for transformers, and leaves a folder that has something alone",
	limit,
	async () => {
		const target = join(editor.folder, "exported");
		mkdirSync(target);
		const exportThere = async (format = "Maskwright Folder", parent = target) => {
			await rowMenu(page, "Model mine", "Export");
			await pick(page, format);
			// The dialog reads the folder, and completes what is typed meanwhile.
			for (let attempt = 0; attempt < 10; attempt++) {
				await pickInput(page).fill(`${parent}/`);
				await page.waitForTimeout(1500);
				if ((await pickInput(page).inputValue()) === `${parent}/`) break;
			}
			await page.locator(".quick-input-widget:visible .monaco-button", { hasText: "Export Here" }).click();
		};
		await exportThere();
		await page.locator(".statusbar-item", { hasText: "Exported to" }).waitFor();
		assert.deepEqual(contents(join(target, "mine")), contents(own));
		const before = contents(target);
		await exportThere();
		await page.locator(".notification-toast", { hasText: "mine" }).waitFor();
		assert.deepEqual(contents(target), before);
		await page.locator(".notification-toast").hover();
		await page.locator(".notification-toast .codicon-notifications-clear").click();
		const hub = join(editor.folder, "forTransformers");
		mkdirSync(hub);
		await exportThere("Hugging Face", hub);
		await page.locator(".statusbar-item", { hasText: join("forTransformers", "mine") }).waitFor();
		assert.deepEqual(readdirSync(join(hub, "mine")).sort(), [
			"README.md",
			"config.json",
			"model.safetensors",
			"special_tokens_map.json",
			"tokenizer.json",
			"tokenizer_config.json",
		]);
	},
);

test("Reveal opens the model's folder", limit, async () => {
	const opened = page.context().waitForEvent("page");
	await rowMenu(page, "Model mine", "Reveal");
	const shown = await opened;
	await shown.waitForURL((url) => url.searchParams.get("folder") === own);
	await shown.close();
});

test("Use makes another model the one that fills", limit, async () => {
	await rowMenu(page, "Model mine", "Use");
	await viewRow(page, "Model mine").filter({ hasText: "in use" }).waitFor();
	assert.equal(modelInUse({ home: editor.home }), own);
	assert.equal(await fillOf("class Window([MASK]"), "Widget"); // the closing bracket comes by itself
});

test("Delete asks first, and Cancel keeps everything", limit, async () => {
	const before = contents(own);
	await rowMenu(page, "Model mine", "Delete");
	await answerDialog(page, "Cancel");
	assert.deepEqual(contents(own), before);
	await viewRow(page, "Model mine").waitFor();
});

test("the model in use can be deleted: no model fills then, until another is used", limit, async () => {
	await rowMenu(page, "Model mine", "Delete");
	await answerDialog(page, "Delete");
	await viewRow(page, "Model mine").waitFor({ state: "detached" });
	assert.equal(existsSync(own), false);
	assert.equal(modelInUse({ home: editor.home }), undefined);
	await statusBarItem(page).filter({ hasNotText: "mine" }).waitFor();
	await hasNoFill("import shutil\nshutil.[MASK]");
	await rowMenu(page, "Model tiny-1", "Use");
	await viewRow(page, "Model tiny-1").filter({ hasText: "in use" }).waitFor();
	assert.notEqual(await fillOf("export function scale(value: number) { return [MASK]"), "");
});

test("Discard asks first and removes the run with its model, though that is in use", limit, async () => {
	const run = join(editor.home, "runs", "tiny-1");
	await rowMenu(page, "Run tiny-1", "Discard");
	await answerDialog(page, "Cancel");
	assert.ok(existsSync(ofRun));
	await rowMenu(page, "Run tiny-1", "Discard");
	await answerDialog(page, "Discard");
	await viewRow(page, "Run tiny-1").waitFor({ state: "detached" });
	await viewRow(page, "Model tiny-1").waitFor({ state: "detached" });
	assert.equal(existsSync(run), false);
	assert.equal(modelInUse({ home: editor.home }), undefined);
	await hasNoFill("let a = [MASK]");
});
