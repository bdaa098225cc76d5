/** Show Suspicious Tokens, Switch Adapter and New Recipe File. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { SuspicionReport } from "../../sidecar/protocol/inspect/suspicion.ts";
import { changeAbout } from "../../sidecar/store/modelFolder.ts";
import { modelInUse } from "../../sidecar/store/modelInUse.ts";
import { editorText, openFile, palette, pick, pickInput, save, statusBarItem } from "./actions.ts";
import { asked, clearTold, commandLine, heard, leave, rows, saysAt, told, typeUntitled } from "./commanding.ts";
import { placeModels } from "./paperModels.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 240_000 };
const suspicious = "Maskwright: Show Suspicious Tokens";
const switchAdapter = "Maskwright: Switch Adapter";
const newRecipe = "Maskwright: New Recipe File";
let editor: Editor;
let page: Page;

const code = `/** Adds two numbers. */
export function add(left: number, right: number): number {
	const sum = left + right;
	return sum;
}

export function twice(value: number): number {
	return add(value, value);
}
`;

before(
	async () => {
		if (leftOut !== false) return;
		editor = await startEditor({
			prepare: async ({ workspace, home }) => {
				writeFileSync(join(workspace, "adding.ts"), code.replaceAll("\n", "\r\n"));
				writeFileSync(join(workspace, "empty.ts"), "");
				await placeModels(home, "fills");
			},
		});
		page = await editor.openWindow();
		await statusBarItem(page).waitFor();
	},
	{ timeout: 240_000 },
);
after(() => editor?.close());

/** How many tokens are marked in each line that is on show, from the top. */
async function marks(): Promise<number[]> {
	const lines = await page.locator(".editor-instance .view-overlays > div").evaluateAll((overlays) =>
		overlays
			.map((overlay) => {
				const dashed = [...overlay.querySelectorAll(".cdr")].filter(
					(mark) => getComputedStyle(mark).borderLeftStyle === "dashed",
				);
				return { top: overlay.getBoundingClientRect().top, count: dashed.length };
			})
			.sort((one, other) => one.top - other.top),
	);
	return lines.map(({ count }) => count);
}

/** Waits for marks: VS Code draws them some time after it has them. */
async function marksAre(expected: readonly number[]): Promise<void> {
	for (;;) {
		const found = await marks();
		if (expected.every((count, line) => found[line] === count)) return; // the test's own limit ends it
		await page.waitForTimeout(100);
	}
}

test("without a detector, and of a file without text, a sentence says so", limit, async () => {
	await openFile(page, "adding.ts");
	await saysAt(page, suspicious, /No model here has a detector of replaced tokens\. Train one: .+ recipe electra/);
	await placeModels(editor.home, "watch");
	await openFile(page, "empty.ts");
	await saysAt(page, suspicious, "There is no text to look at.");
});

test(
	"tokens are marked as the command line tells them, explain themselves, and go by an edit, by the command and by undo",
	limit,
	async () => {
		const file = join(editor.workspace, "adding.ts");
		const report = (...more: readonly string[]) => commandLine<SuspicionReport>(editor, "suspicious", file, ...more);
		const all = (await report("--threshold", "0")).tokens.map(({ probability }) => probability).sort((a, b) => b - a);
		const threshold = ((all[5] ?? 1) + (all[6] ?? 0)) / 2; // it has learned little: the six that it doubts most
		changeAbout(join(editor.home, "runs", "watch", "model"), { detector: { threshold } });
		const { tokens, judged } = await report();
		const count = code.split("\n").length;
		const expected = Array.from(
			{ length: count },
			(_, line) => tokens.filter((token) => token.line === line + 1).length,
		);
		assert.equal(tokens.length, 6);
		await openFile(page, "adding.ts");
		await palette(page, suspicious);
		const sentence = await heard(page, "look replaced");
		assert.equal(sentence, `watch finds ${tokens.length} of ${judged} tokens that look replaced.`);
		await marksAre(expected);

		const first = tokens[0]!;
		await page.locator(".editor-instance .cdr").first().waitFor();
		const box = await page
			.locator(".editor-instance .cdr")
			.evaluateAll((all) => all.map((mark) => mark.getBoundingClientRect()).find(({ width }) => width > 3) ?? null);
		assert.ok(box !== null);
		await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
		const hover = page.locator(".monaco-hover:visible", { hasText: "Looks replaced:" });
		await hover.first().waitFor();
		assert.match((await hover.first().textContent()) ?? "", /Looks replaced: \d+(\.\d)?%.*Expected:/s);

		await page.keyboard.press("Control+Home");
		for (let line = 1; line < first.line; line++) await page.keyboard.press("ArrowDown");
		await page.keyboard.type(" ");
		const edited = expected.map((marked, line) => (line === first.line - 1 ? 0 : marked));
		await marksAre(edited);
		await page.keyboard.press("Control+Z");
		await palette(page, suspicious);
		await marksAre(expected.map(() => 0));
		await palette(page, suspicious);
		await marksAre(expected);
		await told(page, "look replaced").getByRole("button", { name: "Clear Marks" }).click();
		await marksAre(expected.map(() => 0));
		await page.locator(".tab.active:not(.dirty)").waitFor();
		assert.equal(readFileSync(file, "utf8"), code.replaceAll("\n", "\r\n"));
	},
);

test("text that has no name yet is looked at too", limit, async () => {
	await typeUntitled(page, "const sum = left + right;");
	await palette(page, suspicious);
	await told(page, /look(s)? replaced/)
		.first()
		.waitFor();
	await clearTold(page);
	await palette(page, "View: Revert and Close Editor");
});

const inUse = () => modelInUse({ home: editor.home }) ?? "";

test(
	"without adapters a sentence names the recipe; with some, those of the model in use are chosen, left and kept",
	limit,
	async () => {
		await saysAt(
			page,
			switchAdapter,
			"There are no adapters yet. Train one on this workspace with the recipe code-mlm-lora.",
		);
		await placeModels(editor.home, "north", "south");
		await palette(page, "Maskwright: Restart Sidecar"); // it has not seen what came to its folder meanwhile
		await palette(page, switchAdapter, { opensPick: true });
		await asked(page, "Switch Adapter");
		const offered = await rows(page);
		assert.deepEqual(
			offered.map((row) => row.split(", ")[0]),
			["north", "south", "No adapter: fills"],
		);
		assert.match(offered[0] ?? "", /adapter for fills/);
		assert.match(offered[2] ?? "", /in use/);
		await leave(page);
		assert.equal(basename(inUse()), "fills");
		await palette(page, switchAdapter, { opensPick: true });
		await pick(page, "south");
		await statusBarItem(page).filter({ hasText: "south" }).waitFor();
		assert.equal(basename(dirname(inUse())), "south");
		await palette(page, switchAdapter, { opensPick: true });
		await asked(page, "Switch Adapter");
		assert.match((await rows(page)).find((row) => row.startsWith("south")) ?? "", /in use/);
		await pick(page, "No adapter: fills");
		await statusBarItem(page).filter({ hasText: "fills" }).waitFor();
		assert.equal(basename(inUse()), "fills");
	},
);

test(
	"a new recipe file opens with what is changed most often, is written when it is saved, and is offered for training",
	limit,
	async () => {
		const name = "my-lem.maskwright-recipe.json";
		const file = join(editor.workspace, name);
		await palette(page, newRecipe, { opensPick: true });
		await page
			.locator('.quick-input-widget:visible input[placeholder="The recipe that the new one extends"]')
			.waitFor();
		await leave(page);
		assert.equal(await page.locator(".tab", { hasText: "maskwright-recipe" }).count(), 0);
		await palette(page, newRecipe, { opensPick: true });
		await pickInput(page).fill("Linguistic Entity");
		assert.deepEqual(
			(await rows(page)).map((row) => row.split(", ")[0]),
			["lem", "lem-para"],
		);
		await pick(page, "Linguistic Entity");
		const tab = page.locator(`.tab.active.dirty[data-resource-name="${name}"]`);
		await tab.waitFor();
		assert.equal(existsSync(file), false);
		const written = JSON.parse(await editorText(page)) as Record<string, unknown>;
		assert.deepEqual([written["extends"], written["name"]], ["lem", "my-lem"]);
		assert.deepEqual(written["train"], { learningRate: 0.004, budget: { minutes: 5 } });
		await page.locator(".editor-instance .monaco-editor .view-lines").first().click();
		await save(page);
		assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), written);
		await palette(page, newRecipe, { opensPick: true });
		await pickInput(page).fill("Linguistic Entity");
		await pick(page, "Linguistic Entity");
		await heard(page, `${name} is there already.`);
		assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), written);
		await palette(page, "Maskwright: Train on This Workspace", { opensPick: true });
		await page.locator(".quick-input-list .monaco-list-row", { hasText: name }).waitFor();
		await leave(page);
	},
);
