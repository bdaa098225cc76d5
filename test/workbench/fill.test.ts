/** What a user sees and gets at a mask, in a real VS Code with a real sidecar and a model that knows six texts. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { useModel } from "../../sidecar/store/models.ts";
import { saveInHome } from "../support/storedModel.ts";
import { tinyFillModel } from "../support/tinyFillModel.ts";
import { editorText, openFile, palette, save, setTheme } from "./actions.ts";
import { kill, pidsOf } from "./processes.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const texts = [
	"def load_config(path):\n    return parse_tree(path)\n",
	"total = compute_total(items)\nprint(total)\n",
	"for item in items:\n    total += item.price\n",
	"if width == height:\n    square = True\n",
	"class Window(Widget):\n    pass\n",
	"import shutil\nshutil.rmtree(folder)\n",
];

/** Files for one use each; they are there before the editor is, which finds files by name without delay then. */
const files = Array.from({ length: 40 }, (_, number) => `code${100 + number}.py`);

const limit = { skip: leftOut, timeout: 90_000 };
let editor: Editor;
let page: Page;

before(
	async () => {
		if (leftOut !== false) return;
		const model = await tinyFillModel(texts, { vocabularySize: 360, steps: 300 });
		editor = await startEditor({
			prepare: ({ workspace, home }) => {
				useModel(saveInHome(home, "tiny", model), { home });
				for (const name of files) writeFileSync(join(workspace, name), "");
			},
		});
		page = await editor.openWindow();
	},
	{ timeout: 180_000 },
);
after(() => editor?.close());

/** The text behind the mask that is not in the file. */
const ghost = () => page.locator(".editor-instance .ghost-text-decoration, .editor-instance .ghost-text").first();
const ghostText = async () => (await ghost().textContent())?.replaceAll("\u00a0", " ");
const noGhost = () => ghost().waitFor({ state: "detached" });

/** The text that is struck out. */
const struck = () =>
	page.locator(".editor-instance .view-line span span").evaluateAll((spans) =>
		spans
			.filter((span) => getComputedStyle(span).textDecorationLine.includes("line-through"))
			.map((span) => span.textContent)
			.join(""),
	);

/** Opens a file whose text has the caret at `|`, moved there with the arrow keys. */
async function openWith(marked: string): Promise<string> {
	const name = files.pop() ?? assert.fail("There are no more files.");
	const file = join(editor.workspace, name);
	writeFileSync(file, marked.replace("|", ""));
	await openFile(page, name);
	await page.keyboard.press("Control+Home");
	const before = marked.replace("\ufeff", "").split("|")[0]?.split(/\r?\n/) ?? [];
	await press("ArrowDown", before.length - 1);
	await press("ArrowRight", before.at(-1)?.length ?? 0);
	return file;
}

async function press(key: string, times = 1): Promise<void> {
	for (let time = 0; time < times; time++) await page.keyboard.press(key);
}

/** Waits until the editor shows exactly this text, ghost text included. */
async function shows(expected: string): Promise<void> {
	for (let attempt = 0; attempt < 100; attempt++) {
		if ((await editorText(page)) === expected) return;
		await page.waitForTimeout(100);
	}
	assert.equal(await editorText(page), expected);
}

test(
	"opening a file starts no sidecar; the first mask that is typed starts one, and its fill appears",
	limit,
	async () => {
		await openFile(page, files.pop() ?? "");
		assert.deepEqual(pidsOf(editor.home, "sidecar"), []);
		await page.keyboard.type("import shutil\nshutil(folder)");
		await press("ArrowLeft", "(folder)".length);
		await page.keyboard.type(".[MASK]");
		await ghost().waitFor({ timeout: 40_000 });
		assert.equal(pidsOf(editor.home, "sidecar").length, 1);
	},
);

for (const marked of ["shutil.[MASK]|(folder)", "shutil.[MA|SK](folder)", "shutil.|[MASK](folder)"]) {
	test(`Tab replaces the mask and one undo brings it back, with the caret at ${marked}`, limit, async () => {
		await openWith(`import shutil\n${marked}\n`);
		await ghost().waitFor();
		assert.equal(await ghostText(), "rmtree");
		assert.equal(await struck(), "[MASK]");
		await press("Tab");
		await shows("import shutil\nshutil.rmtree(folder)\n");
		assert.equal(await struck(), "");
		await press("Control+Z");
		await noGhost().catch(() => {});
		await press("Escape");
		await shows("import shutil\nshutil.[MASK](folder)\n");
		await press("Control+Y");
		await shows("import shutil\nshutil.rmtree(folder)\n");
	});
}

test("next and previous walk the candidates", limit, async () => {
	await openWith("import shutil\nshutil.[MASK]|(folder)\n");
	await ghost().waitFor();
	await press("Alt+]");
	await page.waitForFunction(() => document.querySelector(".ghost-text-decoration")?.textContent !== "rmtree");
	const second = (await ghostText()) ?? "";
	await press("Alt+[");
	await page.waitForFunction(() => document.querySelector(".ghost-text-decoration")?.textContent === "rmtree");
	await press("Alt+]");
	await page.waitForFunction(() => document.querySelector(".ghost-text-decoration")?.textContent !== "rmtree");
	await press("Tab");
	await shows(`import shutil\nshutil.${second}(folder)\n`);
});

for (const marked of ["shutil.[MASK]|(folder)", "shutil.[MA|SK](folder)", "shutil.|[MASK](folder)"]) {
	test(`the list shows probabilities and replaces the mask, with the caret at ${marked}`, limit, async () => {
		await openWith(`import shutil\n${marked}\n`);
		await ghost().waitFor();
		await press("Control+Space");
		const row = page.locator(".suggest-widget.visible .monaco-list-row.focused");
		await row.filter({ hasText: "rmtree" }).filter({ hasText: /\d %/ }).waitFor();
		await press("Enter");
		await shows("import shutil\nshutil.rmtree(folder)\n");
		await press("Control+Z");
		await press("Escape");
		await shows("import shutil\nshutil.[MASK](folder)\n");
	});
}

test("Esc hides the fill while the caret is at the mask; it is back when the caret comes back", limit, async () => {
	await openWith("import shutil\nshutil.[MASK]|(folder)\n");
	await ghost().waitFor();
	await press("Escape");
	await noGhost();
	assert.equal(await struck(), "");
	await press("ArrowLeft", 2);
	await page.waitForTimeout(500);
	assert.equal(await ghost().count(), 0);
	await press("Home");
	await press("ArrowRight", "shutil.".length);
	await ghost().waitFor();
	assert.equal(await struck(), "[MASK]");
});

test("the accept-word key takes the whole fill", limit, async () => {
	await openWith("def load_config(path):\n    return [MASK]|(path)\n");
	await ghost().waitFor();
	assert.equal(await ghostText(), "parse_tree");
	await press("Control+ArrowRight");
	await shows("def load_config(path):\n    return parse_tree(path)\n");
});

test("typing what is offered keeps the rest offered", limit, async () => {
	await openWith("import shutil\nshutil.[MASK]|(folder)\n");
	await ghost().waitFor();
	await page.keyboard.type("rmt", { delay: 60 });
	await page.waitForFunction(() => document.querySelector(".ghost-text-decoration")?.textContent === "ree");
	assert.equal(await struck(), "[MASK]");
	await press("Tab");
	await shows("import shutil\nshutil.rmtree(folder)\n");
});

test("letters typed right after Tab lose nothing and leave no mask", limit, async () => {
	for (let time = 0; time < 3; time++) {
		await openWith("import shutil\nshutil.[MASK]|(folder)\n");
		await ghost().waitFor();
		await press("Tab");
		await page.keyboard.type("_now");
		await shows("import shutil\nshutil.rmtree_now(folder)\n");
	}
});

test("of two masks the touched one is filled, and of two that meet the left one", limit, async () => {
	await openWith("import shutil\nshutil.[MASK]|([MASK])\n");
	await ghost().waitFor();
	await press("Tab");
	await shows("import shutil\nshutil.rmtree([MASK])\n");
	await openWith("import shutil\nshutil.[MASK]|[MASK]\n");
	await ghost().waitFor();
	const fill = (await ghostText()) ?? "";
	await press("Tab");
	await shows(`import shutil\nshutil.${fill}[MASK]${fill}\n`); // the second one is offered its fill at once
	await press("Escape");
	await shows(`import shutil\nshutil.${fill}[MASK]\n`);
});

test("a mask that says how many pieces it stands for is filled as a whole", limit, async () => {
	await openWith("def load_config(path):\n    return [MASK*3]|(path)\n");
	await ghost().waitFor();
	const fill = (await ghostText()) ?? "";
	assert.equal(await struck(), "[MASK*3]");
	await press("Tab");
	await shows(`def load_config(path):\n    return ${fill}(path)\n`);
});

test(
	"on the disk only the mask's bytes change: BOM, CRLF, tabs and a missing last line break stay",
	limit,
	async () => {
		const text = "\ufeffimport shutil\r\n\tshutil.[MASK]|(folder)\t\r\n\r\nlast";
		const file = await openWith(text);
		await ghost().waitFor();
		await press("Tab");
		await shows("import shutil\n    shutil.rmtree(folder)   \n\nlast");
		await save(page);
		assert.equal(readFileSync(file, "utf8"), text.replace("[MASK]|", "rmtree"));
	},
);

test("an untitled file is filled too", limit, async () => {
	await palette(page, "Create: New File...", { opensPick: true });
	await press("Enter");
	await page.locator('.tab.active[data-resource-name^="Untitled"]').waitFor();
	await page.keyboard.type("import shutil\nshutil.[MASK]");
	await ghost().waitFor();
	const fill = (await ghostText()) ?? "";
	await press("Tab");
	await shows(`import shutil\nshutil.${fill}`);
});

test("the hover lists the fills, and Replace writes one of them as one undo step", limit, async () => {
	await openWith("|import shutil\nshutil.[MASK](folder)\n");
	await page.locator(".editor-instance .view-line span span", { hasText: "MASK" }).last().hover();
	const hover = page.locator(".monaco-hover:visible", { hasText: "rmtree" });
	await hover.getByText("%").first().waitFor();
	await page.screenshot({ path: "/tmp/b2-hover.png" });
	await hover.getByText("Replace").first().click();
	await shows("import shutil\nshutil.rmtree(folder)\n");
	await press("Control+Z");
	await press("Escape");
	await shows("import shutil\nshutil.[MASK](folder)\n");
});

test("several carets fill every mask that is written the same, as one undo step", limit, async () => {
	await openWith("import shutil\nshutil.[MASK]|(folder)\nshutil.[MASK](folder)\n");
	await ghost().waitFor();
	await press("Control+Shift+ArrowDown");
	await page.waitForTimeout(300);
	await page.screenshot({ path: "/tmp/b2-carets.png" });
	await press("Tab");
	await shows("import shutil\nshutil.rmtree(folder)\nshutil.rmtree(folder)\n");
	await press("Control+Z");
	await press("Escape");
	await shows("import shutil\nshutil.[MASK](folder)\nshutil.[MASK](folder)\n");
});

test("Fill Masks in File shows all fills first and writes them as one undo step", limit, async () => {
	const text = "import shutil\nshutil.[MASK](folder)\n\nclass Window([MASK]):\n    pass\n";
	await openWith(`|${text}`);
	await palette(page, "Maskwright: Fill Masks in File", { opensPick: true });
	const rows = page.locator(".quick-input-list .monaco-list-row");
	await rows.filter({ hasText: "shutil.rmtree(folder)" }).waitFor();
	await rows.filter({ hasText: "class Window(Widget):" }).waitFor();
	await page.screenshot({ path: "/tmp/b2-preview.png" });
	assert.equal(await struck(), "[MASK][MASK]");
	await press("Escape");
	await page.waitForTimeout(300);
	assert.equal(await struck(), "");
	await shows(text);
	await palette(page, "Maskwright: Fill Masks in File", { opensPick: true });
	await rows.filter({ hasText: "class Window(Widget):" }).waitFor();
	await press("Enter");
	await shows(text.replace("[MASK]", "rmtree").replace("[MASK]", "Widget"));
	await page.locator(".editor-instance .view-lines").first().click();
	await press("Control+Z");
	await shows(text);
});

test("in high contrast the fill and the struck mask can be read", limit, async () => {
	await setTheme(page, "Dark High Contrast");
	await openWith("import shutil\nshutil.[MASK]|(folder)\n");
	await ghost().waitFor();
	await page.screenshot({ path: "/tmp/b2-contrast.png" });
	assert.equal(await struck(), "[MASK]");
	await setTheme(page, "Dark Modern");
});

test("after the sidecar was killed the fill is back by itself", limit, async () => {
	await openWith("import shutil\nshutil.[MASK]|(folder)\n");
	await ghost().waitFor();
	await press("Escape");
	for (const pid of pidsOf(editor.home, "sidecar")) kill(pid);
	await press("Home");
	await press("ArrowRight", "shutil.[".length);
	await ghost().waitFor({ timeout: 40_000 });
	await press("Tab");
	await shows("import shutil\nshutil.rmtree(folder)\n");
});
