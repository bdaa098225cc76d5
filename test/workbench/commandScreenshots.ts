/** What the commands behind the recipes of papers ask, show and say, for `screenshots.ts`. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { changeAbout } from "../../sidecar/store/modelFolder.ts";
import { openFile, palette, pick, pickInput, setTheme, type themes, webview } from "./actions.ts";
import { answer, asked, clearTold, leave, rows, told } from "./commanding.ts";
import { issues, pairs, placeModels } from "./paperModels.ts";
import type { EditorOptions } from "./workbench.ts";

const code = `/** Adds what two numbers are worth, at most the limit. */
export function addUpTo(left: number, right: number, limit: number): number {
	const sum = left + right;
	return sum > limit ? limit : sum;
}

/** Says how often a value fits into a limit. */
export function timesIn(value: number, limit: number): number {
	return Math.floor(limit / value);
}
`;

/** All models, and the files that the pictures are of. */
export const commandProject: EditorOptions = {
	prepare: async ({ workspace, home }) => {
		const write = (name: string, text: string) => writeFileSync(join(workspace, name), text);
		const lines = (records: readonly object[]) => `${records.map((row) => JSON.stringify(row)).join("\n")}\n`;
		write("adding.ts", code);
		write("begun.py", "def load_config(path):\n    ");
		write("call.py", "total = compute_total(items)\nprint(items)\n");
		write("note.txt", "crash in module 7\n");
		write("issues.jsonl", lines(issues.slice(0, 12)));
		write("pairs.jsonl", lines(pairs.slice(0, 8)));
		write("broken.csv", "text,label\ncrash in module 1,bug\ntypo in module 2\n");
		write("targets.fasta", ">one\nMKLAGVSERTID\n");
		write("triage.maskwright-recipe.json", JSON.stringify({ extends: "instruct", name: "triage" }, null, "\t"));
		await placeModels(home, "fills", "triage", "watch", "peptides", "north", "south");
		const [triage, guesser] = ["triage", "guesser"].map((name) => join(home, "runs", name)) as [string, string];
		cpSync(triage, guesser, { recursive: true });
		changeAbout(join(guesser, "model"), { roles: ["completion"], instructions: undefined });
		changeAbout(join(home, "runs", "watch", "model"), { detector: { threshold: 0.72 } });
	},
	settings: () => ({ "maskwright.training.device": "cpu", "maskwright.training.showLossCurves": false }),
};

type TakePicture = (name: string) => Promise<void>;

/** Every view of each command, in one theme after the other; `take` is told the name without the theme. */
export async function photographCommands(
	page: Page,
	take: (name: string, theme: keyof typeof themes) => Promise<void>,
	all: readonly (keyof typeof themes)[],
): Promise<void> {
	for (const theme of all) {
		await setTheme(page, theme);
		const own: TakePicture = async (name) => {
			if (!name.endsWith("hover")) await page.mouse.move(600, 700); // away from what shows a hint
			await take(name, theme);
		};
		await photographSuspicious(page, own);
		await photographLabels(page, own);
		await photographGeneration(page, own);
		await photographRecipes(page, own);
		await photographRows(page, own);
		await palette(page, "View: Close All Editors");
	}
}

async function photographSuspicious(page: Page, take: TakePicture): Promise<void> {
	await openFile(page, "adding.ts");
	await palette(page, "Maskwright: Show Suspicious Tokens");
	await told(page, "look replaced").waitFor();
	await page.locator(".editor-instance .cdr").first().waitFor();
	await take("suspicious");
	await clearTold(page);
	const mark = page.locator(".editor-instance .cdr").last();
	const box = await mark.boundingBox();
	if (box !== null) await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	await page.locator(".monaco-hover:visible", { hasText: "Looks replaced:" }).first().waitFor();
	await take("suspicious-hover");
	await palette(page, "Maskwright: Show Suspicious Tokens");
}

async function photographLabels(page: Page, take: TakePicture): Promise<void> {
	await openFile(page, "note.txt");
	await page.keyboard.press("Control+A");
	await palette(page, "Maskwright: Classify Selection", { opensPick: true });
	await asked(page, "Classify the selection");
	await pickInput(page).fill("bug, docs");
	await take("classify-labels");
	await answer(page, "bug, docs");
	await asked(page, "says of the selection");
	await take("classify-answer");
	await leave(page);
	await openFile(page, "issues.jsonl");
	await palette(page, "Maskwright: Classify Selection", { opensPick: true });
	await asked(page, "Classify Records");
	await take("classify-field");
	await pick(page, "text");
	await answer(page, "bug, docs");
	await page.locator('.editor-instance[aria-label*="Untitled"] .view-lines', { hasText: "docs" }).waitFor();
	await take("classify-table");
	await palette(page, "View: Revert and Close Editor");
	await openFile(page, "broken.csv");
	await palette(page, "Maskwright: Train a Classifier on This File", { opensPick: true });
	await rows(page);
	await take("train-classifier-recipe");
	await pick(page, "instruct");
	await asked(page, "Train a Classifier on broken.csv");
	await take("train-classifier-question");
	await page.keyboard.press("Enter");
	await page.locator('.quick-input-widget:visible input[placeholder="The model to train"]').waitFor();
	await take("train-classifier-model");
	await pick(page, "A new model");
	await told(page, "broken.csv, line 3").first().waitFor();
	await take("train-classifier-broken");
	await clearTold(page);
}

async function photographGeneration(page: Page, take: TakePicture): Promise<void> {
	await openFile(page, "begun.py");
	await page.keyboard.press("Control+End");
	await palette(page, "Maskwright: Generate Text at Caret");
	await page.locator(".tab.active.dirty").waitFor();
	await told(page, "Generating text").waitFor({ state: "detached" });
	await take("generate");
	await page.keyboard.press("Control+Z");
	await openFile(page, "call.py");
	await page.keyboard.press("Control+End");
	await page.keyboard.press("ArrowUp");
	for (let step = 0; step < "print(".length; step++) await page.keyboard.press("ArrowRight");
	await palette(page, "Maskwright: Infill End of Region", { opensPick: true });
	await asked(page, "Infill line 2");
	await take("infill-tokens");
	await answer(page, "2");
	await page.locator('.quick-input-widget:visible input[placeholder^="Enter writes the text"]').waitFor();
	await rows(page);
	await take("infill");
	await leave(page);
	await openFile(page, "targets.fasta");
	await palette(page, "Maskwright: Infill End of Region", { opensPick: true });
	await asked(page, "Infill a binder");
	await answer(page, "6");
	await told(page, "not single letters").first().waitFor();
	await take("infill-refused");
	await clearTold(page);
}

async function photographRecipes(page: Page, take: TakePicture): Promise<void> {
	await palette(page, "Maskwright: Switch Adapter", { opensPick: true });
	await rows(page);
	await take("switch-adapter");
	await leave(page);
	await palette(page, "Maskwright: New Recipe File", { opensPick: true });
	await rows(page);
	await take("new-recipe");
	await pick(page, "code-mlm-adapt");
	await page.locator(".tab.active.dirty").waitFor();
	await take("new-recipe-file");
	await palette(page, "View: Revert and Close Editor");
}

/** The masking inspector where a recipe's rows are not the file's text, or one mask hides more than one token. */
async function photographRows(page: Page, take: TakePicture): Promise<void> {
	await palette(page, "View: Close All Editors");
	await openFile(page, "issues.jsonl");
	await palette(page, "Maskwright: Show Masking Inspector");
	const panel = webview(page);
	const shown = (recipe: string) => panel.locator(".counts caption", { hasText: `${recipe}, seed` }).waitFor();
	const look = async (file: string, recipe: string): Promise<void> => {
		await panel.locator("h1", { hasText: "Masks in" }).waitFor();
		await page.locator(".editor-instance .monaco-editor .view-lines").first().click();
		await openFile(page, file);
		await panel.locator("h1", { hasText: file }).waitFor();
		await panel.getByLabel("Recipe").selectOption(recipe);
	};
	for (const [file, recipe] of [
		["issues.jsonl", "instruct"],
		["pairs.jsonl", "pepmlm"],
		["adding.ts", "lem-para"],
		["adding.ts", "ernie-gram"],
		["adding.ts", "electra"],
		["adding.ts", "biphasic"],
	] as const) {
		await look(file, recipe);
		await shown(recipe);
		await take(`masks-${recipe}`);
	}
	await look("adding.ts", "instruct");
	await panel.locator(".note", { hasText: "instruct reads texts with labels" }).waitFor();
	await take("masks-unread");
}
