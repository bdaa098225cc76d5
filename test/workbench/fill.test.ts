/** What a user sees and gets at one mask, in a real VS Code with a real sidecar. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { editorText, openFile, palette, pick, pickInput, save, setTheme } from "./actions.ts";
import { type FillWindow, openFillEditor } from "./fills.ts";
import { kill, pidsOf } from "./processes.ts";
import { type Editor, leftOut } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 120_000 };
let editor: Editor;
let files: string[] = [];
let w: FillWindow;

before(
	async () => {
		if (leftOut !== false) return;
		({ editor, files, w } = await openFillEditor());
	},
	{ timeout: 180_000 },
);
after(() => editor?.close());

const masked = "import shutil\nshutil.[MASK](folder)\n";
const filled = "import shutil\nshutil.rmtree(folder)\n";

/** The caret at the mask's end, in it, and at its start. */
const places = ["[MASK]|", "[MA|SK]", "|[MASK]"];

/** Opens the masked text with the caret at the mask's end and waits for the fill. */
async function openAtMask(): Promise<void> {
	await w.openWith(masked.replace("[MASK]", "[MASK]|"));
	await w.ghostIs("rmtree");
}

test("opening a file starts no sidecar; the first mask that is typed does, and its fill appears", limit, async () => {
	await openFile(w.page, files.pop() ?? "");
	assert.deepEqual(pidsOf(editor.home, "sidecar"), []);
	await w.page.keyboard.type("import shutil\nshutil(folder)");
	await w.press("ArrowLeft", "(folder)".length);
	await w.page.keyboard.type(".[MASK]");
	await w.ghost();
	assert.equal(pidsOf(editor.home, "sidecar").length, 1);
});

for (const place of places) {
	test(`Tab replaces the mask and one undo brings it back, with the caret at ${place}`, limit, async () => {
		await w.openWith(masked.replace("[MASK]", place));
		await w.ghostIs("rmtree");
		assert.equal(await w.struck(), "[MASK]");
		await w.press("Tab");
		await w.shows(filled);
		assert.equal(await w.struck(), "");
		await w.press("Control+Z");
		await w.shows(masked.replace("[MASK]", "[MASK]rmtree")); // and its fill is offered again
		await w.press("Escape");
		await w.shows(masked);
		await w.press("Control+Y");
		await w.shows(filled);
	});

	test(`the list shows probabilities and replaces the mask, with the caret at ${place}`, limit, async () => {
		await w.openWith(masked.replace("[MASK]", place));
		await w.ghostIs("rmtree");
		await w.press("Control+Space");
		const row = w.page.locator(".suggest-widget.visible .monaco-list-row.focused");
		await row.filter({ hasText: "rmtree" }).filter({ hasText: /\d %/ }).waitFor();
		await w.press("Enter");
		await w.shows(filled);
		await w.press("Control+Z");
		await w.ghost();
		await w.press("Escape");
		await w.shows(masked);
	});
}

test("next and previous walk the candidates", limit, async () => {
	await openAtMask();
	await w.press("Alt+]");
	await w.page.waitForFunction(() => document.querySelector(".ghost-text-decoration")?.textContent !== "rmtree");
	const second = await w.ghost();
	await w.press("Alt+[");
	await w.ghostIs("rmtree");
	await w.press("Alt+]");
	await w.ghostIs(second);
	await w.press("Tab");
	await w.shows(masked.replace("[MASK]", second));
});

test("Esc hides the fill while the caret is at the mask; it is back when the caret comes back", limit, async () => {
	await openAtMask();
	await w.press("Escape");
	await w.ghostIs(undefined);
	assert.equal(await w.struck(), "");
	await w.press("ArrowLeft", 2);
	await w.page.waitForTimeout(500);
	await w.ghostIs(undefined);
	await w.press("Home");
	await w.press("ArrowRight", "shutil.".length);
	await w.ghostIs("rmtree");
	assert.equal(await w.struck(), "[MASK]");
});

test("the accept-word key takes the whole fill, of several words", limit, async () => {
	await w.openWith("for item in items:\n    total += [MASK*3]|\n");
	const fill = await w.ghost();
	assert.match(fill, /\w\W+\w/);
	await w.press("Control+ArrowRight");
	await w.shows(`for item in items:\n    total += ${fill}\n`);
});

test("Accept Word of the toolbar goes on word by word, and with the last one the mask is gone", limit, async () => {
	await w.openWith("for item in items:\n    total += [MASK*3]|\n");
	const fill = await w.ghost();
	const done = `for item in items:\n    total += ${fill}\n`;
	let clicks = 0;
	while ((await editorText(w.page)) !== done || (await w.struck()) !== "") {
		assert.ok(++clicks <= 4, await editorText(w.page));
		await w.page.locator(".editor-instance .ghost-text-decoration").first().hover();
		await w.page.locator(".inlineSuggestionsHints").getByText("Accept Word").first().click();
		await w.page.waitForTimeout(500);
	}
	assert.ok(clicks > 1, "one click took one word alone");
});

test("typing what is offered keeps the rest offered", limit, async () => {
	await openAtMask();
	await w.page.keyboard.type("rmt", { delay: 60 });
	await w.ghostIs("ree");
	assert.equal(await w.struck(), "[MASK]");
	await w.press("Tab");
	await w.shows(filled);
});

test("letters typed right after Tab lose nothing and leave no mask, and undo gives the mask back", limit, async (t) => {
	for (let time = 0; time < 3; time++) {
		await openAtMask();
		await w.press("Tab");
		await w.page.keyboard.type("_now");
		await w.shows("import shutil\nshutil.rmtree_now(folder)\n");
		let undos = 0;
		while ((await editorText(w.page)) !== masked) {
			await w.press("Control+Z");
			await w.page.waitForTimeout(300);
			await w.press("Escape"); // the fill that is offered again
			assert.ok(++undos <= 4, await editorText(w.page));
		}
		t.diagnostic(`${undos} steps of undo`);
	}
});

test("of two masks the touched one is filled, and of two that meet the left one", limit, async () => {
	await w.openWith("import shutil\nshutil.[MASK]|([MASK])\n");
	const first = await w.ghost();
	await w.press("Tab");
	await w.shows(`import shutil\nshutil.${first}([MASK])\n`);
	await w.openWith("import shutil\nshutil.[MASK]|[MASK]\n");
	const left = await w.ghost();
	await w.press("Tab");
	await w.page.waitForTimeout(500); // the other one's fill is offered in its turn
	await w.press("Escape");
	await w.shows(`import shutil\nshutil.${left}[MASK]\n`);
});

test("a mask that says how many pieces it stands for is filled as a whole", limit, async () => {
	await w.openWith("def load_config(path):\n    return [MASK*3]|(path)\n");
	const fill = await w.ghost();
	assert.equal(await w.struck(), "[MASK*3]");
	await w.press("Tab");
	await w.shows(`def load_config(path):\n    return ${fill}(path)\n`);
});

test("the model's own mask token is a mask too", limit, async () => {
	await w.openWith("import shutil\nshutil.<mask>|(folder)\n");
	await w.ghostIs("rmtree");
	assert.equal(await w.struck(), "<mask>");
	await w.press("Tab");
	await w.shows(filled);
});

test(
	"on the disk only the mask's bytes change: BOM, CRLF, tabs and a missing last line break stay",
	limit,
	async () => {
		const text = "\ufeffimport shutil\r\n\tshutil.[MASK]|(folder)\t\r\n\r\nlast";
		const file = await w.openWith(text);
		const fill = await w.ghost();
		await w.press("Tab");
		await w.ghostIs(undefined);
		await save(w.page);
		assert.equal(readFileSync(file, "utf8"), text.replace("[MASK]|", fill));
	},
);

test("an untitled file is filled too", limit, async () => {
	await palette(w.page, "Create: New File...", { opensPick: true });
	await w.press("Enter");
	await w.page.locator('.tab.active[data-resource-name^="Untitled"]').waitFor();
	// What is typed before it has the focus goes nowhere, or into the editor that had it.
	await w.page.locator('.editor-instance .monaco-editor.focused[data-uri^="untitled:"]').waitFor();
	await w.page.keyboard.type("import shutil\nshutil.[MASK]");
	await w.ghost();
	// VS Code may find out the language at any moment, and forgets what was offered for the other one.
	await palette(w.page, "Change Language Mode", { opensPick: true });
	await pickInput(w.page).fill("Markdown");
	await pick(w.page, /^Markdown/);
	await w.page.locator(".statusbar-item", { hasText: "Markdown" }).waitFor();
	const fill = await w.ghost();
	await w.press("Tab");
	await w.shows(`import shutil\nshutil.${fill}`);
});

test("the hover lists the fills, and Replace writes one of them as one undo step", limit, async () => {
	await w.openWith(`|${masked}`);
	await w.page.locator(".editor-instance .view-line span span", { hasText: "MASK" }).last().hover();
	const hover = w.page.locator(".monaco-hover:visible", { hasText: "rmtree" });
	await hover.getByText("%").first().waitFor();
	await hover.getByText("Replace").first().click();
	await w.shows(filled);
	await w.press("Control+Z");
	await w.page.waitForTimeout(500); // perhaps the fill is offered again
	await w.press("Escape");
	await w.shows(masked);
});

test("several carets fill every mask that is written the same, as one undo step", limit, async () => {
	await w.openWith("import shutil\nshutil.[MASK]|(folder)\nshutil.[MASK](folder)\n");
	await w.ghost();
	await w.press("Control+Shift+ArrowDown");
	await w.ghostIs("rmtreermtree");
	assert.equal(await w.struck(), "[MASK][MASK]");
	await w.press("Tab");
	await w.shows("import shutil\nshutil.rmtree(folder)\nshutil.rmtree(folder)\n");
	await w.press("Control+Z");
	await w.ghost();
	await w.press("Escape");
	await w.shows("import shutil\nshutil.[MASK](folder)\nshutil.[MASK](folder)\n");
});

test("in high contrast the mask is struck out and not dimmed, and the fill has a colour", limit, async () => {
	await setTheme(w.page, "Dark High Contrast");
	await openAtMask();
	assert.equal(await w.struck(), "[MASK]");
	const mask = w.page.locator(".editor-instance .view-line span span", { hasText: "MASK" }).last();
	assert.equal(await mask.evaluate((span) => getComputedStyle(span).opacity), "1");
	const ghost = w.page.locator(".editor-instance .ghost-text-decoration").first();
	assert.notEqual(await ghost.evaluate((span) => getComputedStyle(span).color), "rgba(0, 0, 0, 0)");
	await setTheme(w.page, "Dark Modern");
});

test("after the sidecar was killed the fill is back by itself", limit, async () => {
	await openAtMask();
	await w.press("Escape");
	for (const pid of pidsOf(editor.home, "sidecar")) kill(pid);
	await w.press("Home");
	await w.press("ArrowRight", "shutil.[".length);
	await w.ghostIs("rmtree");
	await w.press("Tab");
	await w.shows(filled);
});
