/** A training task ended from the terminal panel: the run is paused with a checkpoint, and nothing trains on. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Page } from "playwright-core";
import { latestCheckpoint } from "../../sidecar/store/checkpoints.ts";
import { palette, pick, showViews, statusBarItem, viewRow } from "./actions.ts";
import { pidsOf } from "./processes.ts";
import { smallProject, withMore } from "./training.ts";
import { type Editor, leftOut, startEditor } from "./workbench.ts";

const limit = { skip: leftOut, timeout: 180_000 };
let editor: Editor;
let page: Page;

before(
	async () => {
		if (leftOut !== false) return;
		editor = await startEditor(
			withMore(smallProject, (folders) => {
				const task = (label: string, steps: number) => {
					return { type: "maskwright", label, recipe: `${folders.home}/tiny.json`, budget: { steps }, device: "cpu" };
				};
				mkdirSync(join(folders.workspace, ".vscode"));
				const tasks = { version: "2.0.0", tasks: [task("train long", 100_000), task("train briefly", 25)] };
				writeFileSync(join(folders.workspace, ".vscode", "tasks.json"), JSON.stringify(tasks));
			}),
		);
		page = await editor.openWindow();
		await statusBarItem(page).waitFor();
		await showViews(page);
	},
	{ timeout: 180_000 },
);
after(() => editor?.close());

async function runTask(label: string): Promise<void> {
	await palette(page, "Tasks: Run Task", { opensPick: true });
	await pick(page, label);
}

/** The events of a run. */
function eventsOf(run: string): { event: string; step?: number }[] {
	const file = join(editor.home, "runs", run, "metrics.jsonl");
	if (!existsSync(file)) return [];
	const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
	return lines.map((line) => JSON.parse(line) as { event: string });
}

async function until(what: string, holds: () => boolean): Promise<void> {
	for (let attempt = 0; attempt < 600; attempt++) {
		if (holds()) return;
		await wait(100);
	}
	assert.fail(`It never came that ${what}.`);
}

const trains = (run: string) => until(`${run} trains`, () => eventsOf(run).some(({ step }) => (step ?? 0) > 5));

/** The run is paused, its checkpoint is that of its last step, and no process trains. */
async function isPaused(run: string): Promise<void> {
	await viewRow(page, `Run ${run}`).filter({ hasText: "paused" }).waitFor();
	await until("no process trains", () => pidsOf(editor.home, "training").length === 0);
	const events = eventsOf(run);
	assert.equal(events.at(-1)?.event, "paused");
	const lastStep = events.findLast(({ event }) => event === "step")?.step;
	assert.equal(latestCheckpoint(join(editor.home, "runs", run))?.step, lastStep);
}

/** No task is said to run. */
async function noTaskRuns(): Promise<void> {
	await palette(page, "Tasks: Show Running Tasks", { opensPick: true });
	await page.locator(".quick-input-list .monaco-list-row", { hasText: "No task is running" }).waitFor();
	await page.keyboard.press("Escape");
}

test("Terminate Task pauses the run", limit, async () => {
	await runTask("train long");
	await trains("tiny-1");
	await palette(page, "Tasks: Terminate Task", { opensPick: true });
	await pick(page, "train long");
	await isPaused("tiny-1");
	await noTaskRuns();
});

test("closing the task's terminal pauses the run", limit, async () => {
	await runTask("train long");
	await trains("tiny-2");
	await palette(page, "Terminal: Kill the Active Terminal Instance");
	await isPaused("tiny-2");
	await noTaskRuns();
});

test("a task that is ended before its run has begun leaves nothing that trains", limit, async () => {
	await runTask("train long");
	await until("a process prepares", () => pidsOf(editor.home, "training").length > 0);
	await palette(page, "Terminal: Kill the Active Terminal Instance");
	await until("no process trains", () => pidsOf(editor.home, "training").length === 0);
	await noTaskRuns();
	const runs = readdirSync(join(editor.home, "runs"));
	for (const run of runs) assert.ok(!eventsOf(run).some(({ event }) => event === "done"), run);
});

test("a task that runs to its end ends with the run", limit, async () => {
	await runTask("train briefly");
	await viewRow(page, "Run tiny-4").filter({ hasText: "done" }).waitFor();
	await noTaskRuns();
	assert.ok(existsSync(join(editor.home, "runs", "tiny-4", "model", "model.safetensors")));
});
