/** Classify Selection and Train a Classifier on This File, from no model to one of the user's own recipe. */
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { changeAbout } from "../../sidecar/store/modelFolder.ts";
import { modelInUse, useModel } from "../../sidecar/store/modelInUse.ts";
import { editorText, openFile, palette, pick, pickInput, statusBarItem } from "./actions.ts";
import { answer, asked, clearTold, heard, leave, refused, rows, saysAt, told, typeUntitled } from "./commanding.ts";
import { issues, placeModels } from "./paperModels.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 240_000 };
const classify = "Maskwright: Classify Selection";
const train = "Maskwright: Train a Classifier on This File";
let editor: Editor;
let page: Page;

/** A recipe of the user's own: seconds of training, under a name that nobody knows. */
const quick = {
	extends: "instruct",
	name: "quick",
	tokenizer: { vocabularySize: 300 },
	data: { sequenceLength: 64 },
	model: { layers: 1, hiddenSize: 32, heads: 2, intermediateSize: 48, maxPositions: 64 },
	schedule: { warmupSteps: 5 },
	train: { batchTokens: 512 },
	evaluation: { everySteps: 1000 },
	checkpoint: { everySteps: 1000 },
};

before(
	async () => {
		if (leftOut !== false) return;
		editor = await startEditor({
			prepare: ({ workspace }) => {
				const write = (name: string, text: string) => writeFileSync(join(workspace, name), text);
				write("note.txt", "crash in module 7\n");
				write("issues.jsonl", `${issues.map((row) => JSON.stringify(row)).join("\n")}\n`);
				write("blank.jsonl", '{"text": "", "label": "bug"}\n');
				write("prose.jsonl", "no record\n");
				write("broken.csv", "text,label\ncrash in module 1,bug\ntypo in module 2\n");
				write("quick.maskwright-recipe.json", JSON.stringify(quick, null, "\t"));
			},
			settings: () => ({
				"maskwright.training.device": "cpu",
				"maskwright.training.minutes": 0.05,
				"maskwright.training.showLossCurves": false,
			}),
		});
		page = await editor.openWindow();
		await statusBarItem(page).waitFor();
	},
	{ timeout: 240_000 },
);
after(() => editor?.close());

/** Asks for the label of all that the open editor holds; the answer is on show then. */
async function classifyAll(labels: string): Promise<void> {
	await page.keyboard.press("Control+A");
	await palette(page, classify, { opensPick: true });
	await asked(page, "Classify the selection");
	await answer(page, labels);
}

const hint = () => pickInput(page).getAttribute("placeholder");
/** Waits until this is what was copied. */
async function copiedIs(text: string): Promise<void> {
	while ((await page.evaluate(() => navigator.clipboard.readText())) !== text) await page.waitForTimeout(100); // the test's own limit ends it
}

test("with nothing selected, too few labels or no model, a sentence says what to do", limit, async () => {
	await openFile(page, "note.txt");
	await saysAt(page, classify, "Select the text to classify: nothing is selected, and git tells no change");
	await page.keyboard.press("Control+A");
	await palette(page, classify, { opensPick: true });
	await asked(page, "Classify the selection");
	await refused(page, "bug", "Name two labels at least.");
	await refused(page, "bug, bug", "Name each label once.");
	await leave(page);
	await classifyAll("bug, docs");
	await heard(page, /No model here chooses between labels\. Train one: Maskwright: Train a Classifier on This File/);
});

test(
	"a model that never saw labels answers and says that it guesses; one that did is found by that and takes over",
	limit,
	async () => {
		await placeModels(editor.home, "triage");
		const [triage, guesser] = ["triage", "guesser"].map((name) => join(editor.home, "runs", name)) as [string, string];
		cpSync(triage, guesser, { recursive: true });
		changeAbout(join(triage, "model"), { roles: ["completion"] });
		changeAbout(join(guesser, "model"), { roles: ["completion"], instructions: undefined });
		useModel(join(guesser, "model"), { home: editor.home });
		await palette(page, "Maskwright: Restart Sidecar"); // it has not seen what came to its folder meanwhile
		await statusBarItem(page).filter({ hasText: "guesser" }).waitFor();
		await classifyAll("bug, docs");
		await asked(page, "What guesser says of the selection");
		assert.match((await hint()) ?? "", /^A guess: this model was never trained on labels\./);
		await leave(page);

		changeAbout(join(triage, "model"), { roles: ["completion", "classification"] });
		await page.keyboard.press("Control+A");
		await palette(page, classify, { opensPick: true });
		await asked(page, "Classify the selection");
		assert.equal(await pickInput(page).inputValue(), "bug, docs", "the labels are remembered");
		await page.keyboard.press("Enter");
		await asked(page, "What triage says of the selection");
		assert.equal(await hint(), "Enter copies a label.");
		const [first, second] = await rows(page);
		assert.match(first ?? "", /^bug, \d+\.\d%$/);
		assert.match(second ?? "", /^docs, \d+\.\d%$/);
		await pick(page, "bug");
		await pickInput(page).waitFor({ state: "hidden" });
		await copiedIs("bug");
		assert.equal(await editorText(page), "crash in module 7\n", "the text stays as it is");
	},
);

test(
	"the records of a file are told in a table beside it, and a file without records says why not",
	limit,
	async () => {
		await openFile(page, "issues.jsonl");
		await palette(page, classify, { opensPick: true });
		await asked(page, "Classify Records");
		assert.equal((await rows(page))[0], "text");
		await pick(page, "text");
		await asked(page, "Classify 60 records");
		await answer(page, "bug, docs");
		const table = page.locator('.editor-instance[aria-label*="Untitled"] .view-lines');
		await table.filter({ hasText: "triage" }).waitFor();
		const text = ((await table.textContent()) ?? "").replaceAll("\u00a0", " ");
		assert.match(text, /triage\s+bug: \d+, docs: \d+/);
		assert.match(text, /line\s+label\s+probability\s+text/);
		await palette(page, "View: Revert and Close Editor");
		await openFile(page, "blank.jsonl");
		await palette(page, classify, { opensPick: true });
		await pick(page, "text");
		await heard(page, "No line of this file has text in text.");
		await openFile(page, "prose.jsonl");
		await saysAt(page, classify, "The first line of this file is no JSON object.");
	},
);

test("a file that has no name yet is classified by its selection, and cannot be trained on", limit, async () => {
	await typeUntitled(page, "typo in module 8");
	await classifyAll("bug, docs");
	await asked(page, "What triage says of the selection");
	assert.match((await rows(page))[0] ?? "", /^docs/);
	await leave(page);
	await saysAt(page, train, "Open a .jsonl, .csv or .tsv file with a text and a label in each record.");
	await palette(page, "View: Revert and Close Editor");
});

/** Answers what is asked before training: there are recipes to choose from, and a model to go on from. */
async function trainQuick(file: string): Promise<void> {
	await openFile(page, file);
	await palette(page, train, { opensPick: true });
	await page.locator('.quick-input-widget:visible input[placeholder="The recipe to train with"]').waitFor();
	assert.match((await rows(page))[0] ?? "", /^instruct, default/);
	await pick(page, "quick.maskwright-recipe.json");
	await asked(page, `Train a Classifier on ${file}`);
	await page.keyboard.press("Enter");
	await page.locator('.quick-input-widget:visible input[placeholder="The model to train"]').waitFor();
	await pick(page, "A new model");
}

test("a broken line of a labels file is told with line and column, and nothing is trained", limit, async () => {
	await trainQuick("broken.csv");
	const sentence = await heard(page, "broken.csv, line 3");
	assert.match(sentence, /broken\.csv, line 3, column 2: cells in the row: 1, in the header: 2\./);
});

test(
	"a recipe of one's own trains a classifier, which classifies from then on and leaves the model in use alone",
	limit,
	async () => {
		const before = modelInUse({ home: editor.home });
		await trainQuick("issues.jsonl");
		await told(page, "has learned the labels").waitFor({ timeout: 180_000 });
		const sentence = await heard(page, "has learned the labels");
		assert.match(
			sentence,
			/^quick-\d has learned the labels: [\d.]+% of its answers on \d+ held-out records are right/,
		);
		assert.equal(modelInUse({ home: editor.home }), before);
		await openFile(page, "note.txt");
		await classifyAll("bug, docs");
		await asked(page, /What quick-\d says of the selection/);
		await leave(page);
		await clearTold(page).catch(() => undefined);
	},
);
