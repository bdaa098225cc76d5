/** The package of the extension, installed as a user installs it and used where nothing of this repository is. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Page } from "playwright-core";
import { packagedExtension, packagingLeftOut } from "../support/packagedExtension.ts";
import { openFile, save, statusBarItem } from "./actions.ts";
import { house } from "./house.ts";
import { pidsOf, processesOf, type Role } from "./processes.ts";
import { indexed, searchFor, selected, showSearch } from "./searching.ts";
import { runReaches, smallProject, trainFromPalette, withMore } from "./training.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const boxed = existsSync(join(house, "media", "models", "code-mlm-boxed", "config.json"));

test("an installed package trains, fills and searches with its own files alone", {
	skip: packagingLeftOut || leftOut,
	timeout: 600_000,
}, async (t) => {
	const [first = "", second = ""] = ["first.ts", "second.ts"];
	const text = "export function scale(value: number) {\n\treturn ;\n}\n";
	const project = withMore(smallProject, ({ workspace }) => {
		for (const name of [first, second]) writeFileSync(join(workspace, name), text);
	});
	const env = { MASKWRIGHT_BOXED_MODELS: "" }; // its own box, where the other tests have an empty one
	const editor = await startEditor({ ...project, env, vsix: await packagedExtension() });
	t.after(() => editor.close());
	const page = await editor.openWindow();
	await statusBarItem(page).waitFor();
	const copy = installedCopy(editor);

	if (boxed) await fillAndSave(page, editor, { name: first, text }); // before anything is trained
	const training = comes(editor, "training"); // it may be gone before the panel says that it runs
	const panel = await trainFromPalette(page, 40);
	await training;
	assertFrom(copy, editor, ["sidecar"]);
	await runReaches(panel, "done");
	await statusBarItem(page).filter({ hasText: "tiny-1" }).waitFor();
	await fillAndSave(page, editor, { name: second, text });
	assertFrom(copy, editor, ["sidecar", "inference"]);

	const view = await showSearch(page); // the loss curves are hidden, so it is the only panel
	await indexed(view);
	await searchFor(page, view, "clip the gradients by their norm");
	assert.match((await selected(view)).label, /optim\/clipping\.ts/);
	assertFrom(copy, editor, ["sidecar"]);
});

/** Types a mask, takes its fill with Tab, saves, and compares the file. */
async function fillAndSave(page: Page, editor: Editor, { name, text }: { name: string; text: string }): Promise<void> {
	await openFile(page, name);
	await page.keyboard.press("Control+Home");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("End");
	await page.keyboard.press("ArrowLeft");
	await page.keyboard.type("[MASK]");
	const ghost = page.locator(".editor-instance .ghost-text-decoration, .editor-instance .ghost-text").first();
	await ghost.waitFor();
	const fill = ((await ghost.textContent()) ?? "").replaceAll("\u00a0", " ");
	assert.notEqual(fill, "");
	await page.keyboard.press("Tab");
	await ghost.waitFor({ state: "hidden" });
	await save(page);
	assert.equal(readFileSync(join(editor.workspace, name), "utf8"), text.replace("return ;", `return ${fill};`));
}

/** Where the editor has put the package. */
function installedCopy(editor: Editor): string {
	const extensions = join(editor.folder, "editor", "extensions");
	const [name, ...more] = readdirSync(extensions).filter((each) => each.startsWith("maskwright.maskwright-"));
	assert.ok(name !== undefined && more.length === 0);
	return join(extensions, name);
}

/** Waits for a process of a role and looks at it as soon as it is there. */
async function comes(editor: Editor, role: Role): Promise<void> {
	while (pidsOf(editor.home, role).length === 0) await wait(50);
	assertFrom(installedCopy(editor), editor, [role]);
}

/** Every process of the sidecar runs a program of the copy, and none has a file of this repository in its memory. */
function assertFrom(copy: string, { home }: Editor, roles: readonly string[]): void {
	const processes = processesOf(home);
	const found = new Set<string>(processes.map(({ role }) => role));
	for (const role of roles) assert.ok(found.has(role), `${role} is not among ${[...found]}`);
	for (const { pid, command } of processes) {
		assert.ok(command.includes(join(copy, "dist", "sidecar")), command);
		const maps = existsSync(`/proc/${pid}/maps`) ? readFileSync(`/proc/${pid}/maps`, "utf8") : "";
		assert.ok(!maps.includes(join(house, "node_modules")), `${command} uses this repository's packages`);
	}
}
