/** A model from elsewhere comes in through the editor. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { loadModel } from "../../sidecar/store/modelFolder.ts";
import { modelInUse } from "../../sidecar/store/modelInUse.ts";
import { type FakeHub, fakeHub } from "../support/fakeHub.ts";
import { writeHuggingFaceFolder } from "../support/huggingFaceFolder.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { answerDialog, palette, pickInput, showViews, statusBarItem, viewRow } from "./actions.ts";
import { smallProject } from "./training.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 240_000 };
let editor: Editor;
let page: Page;
let folder: string;
let hub: FakeHub;
const ends: (() => void)[] = [];

before(
	async () => {
		if (leftOut !== false) return;
		const owner = { after: (end: () => void) => ends.push(end) };
		folder = join(temporaryFolder(owner), "tiny-bert");
		writeHuggingFaceFolder(folder, "google-bert/bert-base-uncased");
		const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
		hub = await fakeHub(owner, "owner/hub-bert", Object.fromEntries(files));
		// The setting is the machine's, which a browser's own settings do not reach.
		editor = await startEditor({ ...smallProject, env: { MASKWRIGHT_HUB_ENDPOINT: hub.endpoint } });
		page = await editor.openWindow();
		await statusBarItem(page).waitFor();
		await showViews(page);
	},
	{ timeout: 240_000 },
);
after(async () => {
	await editor?.close();
	for (const end of ends) end();
});

/** Waits until the input of this title is there, which a palette before it may still cover. */
const input = (title: string) => page.locator(".quick-input-title", { hasText: title }).waitFor();
const notification = (text: string) => page.locator(".notification-toast", { hasText: text });

test("a folder that is imported becomes a model that can be used at once", limit, async () => {
	await palette(page, "Maskwright: Import Model from Folder", { opensPick: true });
	await input("Import Model from Folder");
	await page.waitForTimeout(1000); // the dialog shows the workspace first
	await pickInput(page).fill(`${folder}/`);
	await page.waitForTimeout(1000); // the dialog reads the folder, and completes what is typed meanwhile
	await page.locator(".quick-input-widget:visible .monaco-button", { hasText: "Import" }).click();
	await notification("tiny-bert is one of your models").waitFor();
	await viewRow(page, "Model tiny-bert").waitFor();
	const path = join(editor.home, "models", "tiny-bert");
	assert.ok(loadModel(path).tensors.size > 10);
	await notification("tiny-bert").locator(".monaco-button", { hasText: "Use for Completion" }).click();
	await viewRow(page, "Model tiny-bert").filter({ hasText: "in use" }).waitFor();
	assert.equal(modelInUse({ home: editor.home }), path);
});

test("a model of the hub is downloaded only after its size and address were shown", limit, async () => {
	const name = async (): Promise<void> => {
		await palette(page, "Maskwright: Download Model from Hugging Face", { opensPick: true });
		await input("Download Model from Hugging Face");
		await pickInput(page).fill("owner/hub-bert");
		await page.keyboard.press("Enter");
		await page.locator(".monaco-dialog-box", { hasText: `from ${hub.endpoint}/owner/hub-bert` }).waitFor();
	};
	await name();
	assert.match((await page.locator(".monaco-dialog-box").textContent()) ?? "", /\d files, [\d.,]+ .?B/);
	await answerDialog(page, "Cancel");
	assert.equal(hub.asked.length, 1);
	assert.ok(!existsSync(join(editor.home, "models", "hub-bert")));
	await name();
	await answerDialog(page, "Download");
	await notification("hub-bert is one of your models").waitFor();
	await viewRow(page, "Model hub-bert").waitFor();
	assert.equal(readdirSync(join(editor.home, "downloads")).length, 0);
});
