/** Generate Text at Caret and Infill End of Region: what comes into the document, and back out of it. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { Generation } from "../../sidecar/protocol/generate.ts";
import { useModel } from "../../sidecar/store/modelInUse.ts";
import { openFile, palette, pick, pickInput, save, statusBarItem } from "./actions.ts";
import {
	answer,
	asked,
	commandLine,
	heard,
	leave,
	refused,
	rows,
	saysAt,
	shows,
	told,
	typeUntitled,
} from "./commanding.ts";
import { placeModels } from "./paperModels.ts";
import { heldStill, pidsOf } from "./processes.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 240_000 };
const generate = "Maskwright: Generate Text at Caret";
const infill = "Maskwright: Infill End of Region";
let editor: Editor;
let page: Page;

const begun = "def load_config(path):\r\n    ";
const call = "total = compute_total(items)\nprint(items)\n";
const fasta = ">one\nMKLAGVSERTID\n>two\nMK1LAG\n";

before(
	async () => {
		if (leftOut !== false) return;
		editor = await startEditor({
			prepare: ({ workspace }) => {
				const write = (name: string, text: string) => writeFileSync(join(workspace, name), text);
				write("begun.py", begun);
				write("chosen.py", `${begun}pass\r\n`);
				write("call.py", call);
				write("plain.txt", "no brackets in here\n");
				write("targets.fasta", fasta);
			},
		});
		page = await editor.openWindow();
		await statusBarItem(page).waitFor();
	},
	{ timeout: 240_000 },
);
after(() => editor?.close());

/** Waits until what is shown in place, behind what it would replace, is this. */
async function previewIs(text: string): Promise<void> {
	for (;;) {
		const shown = await page
			.locator('.editor-instance [class*="ced-"]')
			.evaluateAll((all) =>
				all.map((part) => getComputedStyle(part, "::after").content).filter((content) => /^".+"$/.test(content)),
			);
		if (shown.join() === JSON.stringify(text)) return; // the test's own limit ends it
		await page.waitForTimeout(100);
	}
}

const bytes = (name: string) => readFileSync(join(editor.workspace, name), "utf8");
const lines = (text: string) => text.replaceAll("\r\n", "\n");

/** The text of a candidate, of its row. */
const labelOf = (row = ""): string => row.replace(/, pseudo-perplexity.*$/, "");

/** Asks for `tokens` tokens at the caret; the candidates are on show then. */
async function infillAt(tokens: number, place: string): Promise<string[]> {
	await palette(page, infill, { opensPick: true });
	await asked(page, `Infill ${place}`);
	await answer(page, String(tokens));
	await page.locator('.quick-input-widget:visible input[placeholder^="Enter writes the text"]').waitFor();
	return rows(page);
}

test("without a model each command says how to get one, and writes nothing", limit, async () => {
	await openFile(page, "begun.py");
	await page.keyboard.press("Control+End");
	await saysAt(page, generate, /There is no model/);
	await openFile(page, "call.py");
	await page.keyboard.press("Control+End");
	await page.keyboard.press("ArrowUp");
	for (let step = 0; step < "print(".length; step++) await page.keyboard.press("ArrowRight");
	await palette(page, infill, { opensPick: true });
	await asked(page, "Infill line 2");
	await refused(page, "0", "Write a number from 1 to 128.");
	await refused(page, "many", "Write a number from 1 to 128.");
	await answer(page, "2");
	await heard(page, /There is no model/);
	await shows(page, call);
	assert.equal(await page.locator(".tab.dirty").count(), 0);
});

test(
	"generated text is what the command line generates, with the file's line ends, and one undo takes it back",
	limit,
	async () => {
		await placeModels(editor.home, "fills");
		const file = join(editor.workspace, "begun.py");
		const { text } = await commandLine<Generation>(
			editor,
			"generate",
			"--file",
			file,
			"--tokens",
			"64",
			"--stop",
			"\n\n",
		);
		assert.match(text, /\n/);
		await openFile(page, "begun.py");
		await page.keyboard.press("Control+End");
		await palette(page, generate);
		await shows(page, lines(begun + text));
		await told(page, "Generating text").waitFor({ state: "detached" });
		await save(page);
		assert.equal(bytes("begun.py"), begun + lines(text).replaceAll("\n", "\r\n"));
		await page.keyboard.press("Control+Z");
		await shows(page, lines(begun));
		await save(page);
		assert.equal(bytes("begun.py"), begun);
	},
);

test("what is selected is replaced, in one edit; stopped before anything came, the text stays", limit, async () => {
	await openFile(page, "chosen.py");
	await page.keyboard.press("Control+End");
	await page.keyboard.press("ArrowUp");
	await page.keyboard.press("End");
	await page.keyboard.press("Control+Shift+ArrowLeft");
	const [pid] = pidsOf(editor.home, "inference");
	assert.ok(pid !== undefined);
	await heldStill(pid, async () => {
		await palette(page, generate);
		const notice = told(page, "Generating text");
		await notice.waitFor();
		await notice.hover();
		await notice.getByRole("button", { name: "Cancel" }).click();
		await notice.waitFor({ state: "detached" });
	});
	await shows(page, lines(`${begun}pass\r\n`));
	await palette(page, generate);
	await page.locator(".tab.active.dirty").waitFor();
	await told(page, "Generating text").waitFor({ state: "detached" });
	await page.keyboard.press("Control+Z");
	await shows(page, lines(`${begun}pass\r\n`));
	await page.locator(".tab.active:not(.dirty)").waitFor();
});

test("the rest of a call is chosen among candidates that are shown in place, most natural first", limit, async () => {
	await openFile(page, "call.py");
	await page.keyboard.press("Control+End");
	await page.keyboard.press("ArrowUp");
	for (let step = 0; step < "print(".length; step++) await page.keyboard.press("ArrowRight");
	const offered = await infillAt(2, "line 2");
	const scores = offered.map((row) => Number(/pseudo-perplexity ([\d.]+)/.exec(row)?.[1]));
	assert.ok(
		offered.length > 1 && scores.every((score, at) => score > 0 && score >= (scores[at - 1] ?? 0)),
		String(scores),
	);
	await previewIs(labelOf(offered[0]));
	await leave(page);
	await shows(page, call);
	assert.deepEqual(await infillAt(2, "line 2"), offered, "the same place has the same candidates");
	const [, second] = offered.map((row) => row.replace(/, pseudo-perplexity.*$/, ""));
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Enter");
	await pickInput(page).waitFor({ state: "hidden" });
	await page.locator(".tab.active.dirty").waitFor();
	await save(page);
	const written = bytes("call.py");
	assert.ok(written.startsWith("total = compute_total(items)\nprint(") && written.endsWith(")\n"), written);
	assert.equal(written.slice("total = compute_total(items)\nprint(".length, -2).replaceAll(/\s+/g, " ").trim(), second);
	await page.keyboard.press("Control+Z");
	await shows(page, call);
	await save(page);
});

test(
	"where nothing ends, a sentence says where to put the caret; a file without a name is filled as any other",
	limit,
	async () => {
		await openFile(page, "plain.txt");
		await saysAt(
			page,
			infill,
			"Put the caret into a function, a call or brackets, or select what is to be filled anew.",
		);
		await typeUntitled(page, "print(", "print()");
		const [first] = await infillAt(1, "line 1");
		await page.keyboard.press("Enter");
		await pickInput(page).waitFor({ state: "hidden" });
		await shows(page, `print(${labelOf(first)})`);
		await palette(page, "View: Revert and Close Editor");
	},
);

test("a binder for a protein needs a model of amino acids, and a protein without strange letters", limit, async () => {
	await openFile(page, "targets.fasta");
	await page.keyboard.press("Control+End");
	await page.keyboard.press("ArrowUp");
	await saysAt(page, infill, "Line 4, column 3: 1 is no letter of an amino acid. Correct it first.");
	await page.keyboard.press("Control+Home");
	await palette(page, infill, { opensPick: true });
	await asked(page, "Infill a binder for one");
	await answer(page, "6");
	await heard(
		page,
		/fills writes pieces of code, not single letters such as amino acids\. Train a model with the recipe pepmlm/,
	);
	await placeModels(editor.home, "peptides");
	useModel(join(editor.home, "runs", "peptides", "model"), { home: editor.home });
	const [first] = await infillAt(6, "a binder for one");
	const binder = labelOf(first);
	assert.match(binder, /^[A-Z]{6}$/);
	await pick(page, binder);
	await pickInput(page).waitFor({ state: "hidden" });
	await page.locator(".tab.active.dirty").waitFor();
	await save(page);
	assert.equal(bytes("targets.fasta"), `>one\nMKLAGVSERTID\n>one binder\n${binder}\n>two\nMK1LAG\n`);
	await page.keyboard.press("Control+Z");
	await shows(page, fasta);
});
