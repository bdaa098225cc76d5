/** An editor whose model knows six texts by heart, and what is seen at a mask. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { useModel } from "../../sidecar/store/modelInUse.ts";
import { saveInHome } from "../support/storedModel.ts";
import { fillTexts, tinyFillModel } from "../support/tinyFillModel.ts";
import { editorText, openFile, statusBarItem } from "./actions.ts";
import { type Editor, startEditor } from "./workbench.ts";

/** Trains a model that knows `texts` by heart and puts it in use in `home`. */
export async function placeFillModel(home: string, texts = fillTexts): Promise<void> {
	const model = await tinyFillModel(texts, { vocabularySize: 360, steps: 500 });
	useModel(saveInHome(home, "tiny", model), { home });
}

/** Files for one use each; they are there before the editor is, which finds files by name without delay then. */
export function placeEmptyFiles(workspace: string, extension = "py"): string[] {
	const names = Array.from({ length: 40 }, (_, number) => `code${100 + number}.${extension}`);
	for (const name of names) writeFileSync(join(workspace, name), "");
	return names;
}

/** What a user does and sees in one window. */
export interface FillWindow {
	readonly page: Page;
	/** Opens an unused file whose text has the caret at `|`, moved there with the arrow keys; gives its path. */
	openWith(marked: string): Promise<string>;
	press(key: string, times?: number): Promise<void>;
	/** Waits for ghost text and gives it. */
	ghost(): Promise<string>;
	/** Waits until the ghost text is `text`; undefined: until there is none. */
	ghostIs(text: string | undefined): Promise<void>;
	/** The text that is struck out. */
	struck(): Promise<string>;
	/** Waits until this text is struck out, and no other. */
	strikes(expected: string): Promise<void>;
	/** Waits until the editor shows exactly this text, ghost text included. */
	shows(expected: string): Promise<void>;
}

/** An editor with a model in use, one window of it, and files of one kind that nobody has used. */
export async function openFillEditor(extension = "py"): Promise<{ editor: Editor; files: string[]; w: FillWindow }> {
	let files: string[] = [];
	const editor = await startEditor({
		prepare: async ({ workspace, home }) => {
			await placeFillModel(home);
			files = placeEmptyFiles(workspace, extension);
		},
	});
	const w = fillWindow(editor, await editor.openWindow(), files);
	await statusBarItem(w.page).waitFor(); // before that no file is found by its name
	return { editor, files, w };
}

/** `files` are those of `placeEmptyFiles`. */
export function fillWindow(editor: Editor, page: Page, files: string[]): FillWindow {
	const ghosts = page.locator(".editor-instance .ghost-text-decoration, .editor-instance .ghost-text");
	const ghostText = async () => (await ghosts.allTextContents()).join("").replaceAll("\u00a0", " ");
	const struck = () =>
		page.locator(".editor-instance .view-line span span").evaluateAll((spans) =>
			spans
				.filter((span) => getComputedStyle(span).textDecorationLine.includes("line-through"))
				.map((span) => span.textContent)
				.join(""),
		);
	const press = async (key: string, times = 1): Promise<void> => {
		for (let time = 0; time < times; time++) await page.keyboard.press(key);
	};
	const becomes = async (read: () => Promise<string>, expected: string): Promise<void> => {
		for (let attempt = 0; attempt < 150; attempt++) {
			if ((await read()) === expected) return;
			await page.waitForTimeout(100);
		}
		assert.equal(await read(), expected);
	};
	return {
		page,
		press,
		async openWith(marked) {
			const name = files.pop() ?? assert.fail("There are no more files.");
			const file = join(editor.workspace, name);
			writeFileSync(file, marked.replace("|", ""));
			await openFile(page, name);
			await press("Control+Home");
			const before = marked.replace("\ufeff", "").split("|")[0]?.split(/\r?\n/) ?? [];
			await press("ArrowDown", before.length - 1);
			await press("ArrowRight", before.at(-1)?.length ?? 0);
			return file;
		},
		async ghost() {
			await ghosts.first().waitFor();
			return ghostText();
		},
		ghostIs: (text) => becomes(ghostText, text ?? ""),
		struck,
		strikes: (expected) => becomes(struck, expected),
		shows: (expected) => becomes(() => editorText(page), expected),
	};
}
