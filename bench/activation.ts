import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { palette, statusBarItem } from "../test/workbench/actions.ts";
import { startEditor } from "../test/workbench/workbench.ts";
import { median } from "./statistics.ts";

/**
 * What starting VS Code with the extension costs: `node --import tsx bench/activation.ts [WINDOWS]`, after
 * `npm run build`. Opens windows one after another with our extension and one that does nothing, and prints the
 * activation times that VS Code itself shows under Running Extensions: loading the code and calling `activate`.
 */
const windows = Number(process.argv[2] ?? 10);
const empty = { publisher: "bench", name: "empty", version: "1.0.0" };

const editor = await startEditor();
try {
	addEmptyExtension(join(editor.folder, "editor", "extensions"));
	await readTimes(await editor.openWindow()); // the first window fills caches
	const times = { empty: [] as number[], maskwright: [] as number[] };
	for (let window = 0; window < windows; window++) {
		const found = await readTimes(await editor.openWindow());
		times.empty.push(found.empty);
		times.maskwright.push(found.maskwright);
	}
	for (const [name, values] of Object.entries(times)) {
		const mean = values.reduce((sum, value) => sum + value) / values.length;
		console.log(`${name}: median ${median(values)} ms, mean ${mean.toFixed(1)} ms of ${values.join(", ")}`);
	}
} finally {
	await editor.close();
}

function addEmptyExtension(folder: string): void {
	const { publisher, name, version } = empty;
	const relativeLocation = `${publisher}.${name}-${version}`;
	const path = join(folder, relativeLocation);
	mkdirSync(path);
	const manifest = {
		...empty,
		engines: { vscode: "^1.100.0" },
		main: "./main.js",
		activationEvents: ["onStartupFinished"],
	};
	writeFileSync(join(path, "package.json"), JSON.stringify(manifest));
	writeFileSync(join(path, "main.js"), "exports.activate = () => {};\n");
	const list = join(folder, "extensions.json");
	const location = { $mid: 1, path, scheme: "file" };
	const entry = { identifier: { id: `${publisher}.${name}` }, version, location, relativeLocation };
	writeFileSync(list, JSON.stringify([...JSON.parse(readFileSync(list, "utf8")), entry]));
}

/** Milliseconds, as the editor of running extensions shows them; the window is closed. */
async function readTimes(page: Page): Promise<{ empty: number; maskwright: number }> {
	await statusBarItem(page).waitFor();
	await page.waitForTimeout(3000); // what starts with the window is over
	await palette(page, "Developer: Show Running Extensions");
	const time = async (name: string) => {
		const row = page.locator(".runtime-extensions-editor .extension", {
			has: page.locator(".name", { hasText: name }),
		});
		const text = (await row.first().locator(".activation-time").textContent()) ?? "";
		return Number(/(\d+)\s*ms/.exec(text)?.[1] ?? Number.NaN);
	};
	const times = { empty: await time(empty.name), maskwright: await time("Maskwright") };
	await page.context().close();
	return times;
}
