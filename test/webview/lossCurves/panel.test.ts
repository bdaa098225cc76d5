import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { RunStatus } from "../../../sidecar/protocol/runs.ts";
import { openPanel, type PlayedRun, statusOf } from "../support/panelPage.ts";
import { heldOutScores, runEvent, sampleRun, stepEvent } from "../support/sampleRun.ts";
import { leftOut, themes } from "../support/webviewPage.ts";

function played(
	path: string,
	steps: number,
	changes: { faster?: number; recipe?: Record<string, unknown>; state?: "done" } = {},
): PlayedRun {
	const status = statusOf(path, changes.state === undefined ? {} : { state: changes.state, progress: 1 });
	const recipe = { "train.learningRate": 0.003, "train.seed": 1, ...changes.recipe };
	return { status, recipe, events: sampleRun(path, steps, { faster: changes.faster ?? 1 }) };
}

/** A panel on one run that trains, its curve read. */
async function openOne(context: TestContext, steps = 3000) {
	const run = played("/runs/a", steps);
	const panel = await openPanel(context, { runs: [run] });
	await panel.page.locator(".facts", { hasText: `step ${steps.toLocaleString("en")}` }).waitFor();
	return { run, ...panel };
}

/** The picture of the loss chart. */
const pixels = `document.querySelector("canvas").toDataURL()`;

const options = { skip: leftOut, timeout: 300_000 };

test("100,000 steps are drawn, each new one moves the chart, and the policy is kept", options, async (context) => {
	const { page, run, step, complaints } = await openOne(context, 100_000);
	await page.locator(".readout caption", { hasText: "Latest values" }).waitFor();
	await page.locator(".facts", { hasText: "vocabulary of 700, all that the corpus supports" }).waitFor();
	const before = await page.evaluate(pixels);
	const value = page.locator(".readout tbody td").nth(1);
	const old = await value.textContent();
	await step(run, stepEvent(100_001, 9.75));
	await page.waitForFunction(
		(before) => document.querySelector(".readout tbody td:nth-child(3)")?.textContent !== before,
		old,
	);
	assert.equal(await value.textContent(), "9.75");
	assert.notEqual(await page.evaluate(pixels), before);
	assert.deepEqual(complaints, []);
});

test(
	"a read-out moves under the arrow keys, is spoken, and zoom and its end work by keyboard and mouse",
	options,
	async (context) => {
		const { page } = await openOne(context);
		await page.locator(".charts").focus();
		await page.keyboard.press("Home");
		await page.keyboard.press("Shift+ArrowRight");
		await page.locator(".readout caption", { hasText: /^Step 2 ·/ }).waitFor();
		await page.locator("[aria-live=polite]", { hasText: "Step 2 · 2.048k tokens · 0.2 s: train loss" }).waitFor();
		await page.keyboard.press("PageDown");
		await page.locator(".readout caption", { hasText: /^Step 302 ·/ }).waitFor();
		await page.keyboard.press("+");
		const showAll = page.locator("button", { hasText: "Show All" });
		await showAll.waitFor();
		await page.keyboard.press("0");
		await showAll.waitFor({ state: "hidden" });
		await page.keyboard.press("Escape");
		await page.locator(".readout caption", { hasText: "Latest values" }).waitFor();
		const plot = page.locator(".u-over").first();
		await plot.hover({ position: { x: 100, y: 60 } });
		await page.mouse.down();
		await plot.hover({ position: { x: 300, y: 60 } });
		await page.mouse.up();
		await showAll.waitFor();
		await plot.dblclick({ position: { x: 200, y: 60 } });
		await showAll.waitFor({ state: "hidden" });
	},
);

test("the table twin has every step, and reaches any of them", options, async (context) => {
	const { page } = await openOne(context, 2500);
	await page.getByRole("button", { name: "Table" }).click();
	await page.locator(".page-place", { hasText: "Rows 1 to 100 of 2,500" }).waitFor();
	await page.getByLabel("Go to step").first().fill("1000");
	await page.keyboard.press("Enter");
	const row = page.locator(".step-table tbody tr", { has: page.locator("th", { hasText: /^1,000$/ }) });
	assert.match((await row.textContent()) ?? "", /Checkpoint/);
	await page.getByRole("button", { name: "Last" }).click();
	await page.locator(".page-place", { hasText: "Rows 2,401 to 2,500 of 2,500" }).waitFor();
});

test(
	"buttons follow the state and ask the sidecar; a diverged run resumes at half its learning rate",
	options,
	async (context) => {
		const { page, run, heard, tell } = await openOne(context);
		const names = () => page.locator(".actions button:visible").allTextContents();
		assert.deepEqual(await names(), ["Pause", "Stop"]);
		await page.getByRole("button", { name: "Pause" }).click();
		const status = { ...run.status, state: "diverged", message: "Training broke down at step 3,001." };
		await tell({ kind: "notification", name: "runChanged", params: { path: "/runs/a", status } });
		await page.locator(".run-message", { hasText: "broke down" }).waitFor();
		assert.deepEqual(await names(), ["Resume at Half the Learning Rate", "Resume"]);
		await page.getByRole("button", { name: "Half the Learning Rate" }).click();
		await page.waitForFunction(() => document.querySelector(".actions [aria-disabled]") === null);
		const asked = heard
			.filter(({ name }) => name === "pauseRun" || name === "resumeRun")
			.map(({ name, params }) => [name, params]);
		assert.deepEqual(asked, [
			["pauseRun", { run: "/runs/a" }],
			["resumeRun", { run: "/runs/a", set: ["train.learningRate=0.0015"] }],
		]);
	},
);

test(
	"a run that starts again by itself can be paused; one that is interrupted for good resumes",
	options,
	async (context) => {
		const { page, run, tell } = await openOne(context);
		const names = () => page.locator(".actions button:visible").allTextContents();
		const becomes = async (changes: Partial<RunStatus>, state: string) => {
			const status = { ...run.status, ...changes };
			await tell({ kind: "notification", name: "runChanged", params: { path: "/runs/a", status } });
			await page.locator(".run-line .state", { hasText: state }).waitFor();
		};
		await becomes({ state: "interrupted", message: "The run goes on in 4 s." }, "Starting again");
		assert.deepEqual(await names(), ["Pause", "Stop"]);
		await becomes({ state: "interrupted" }, "Interrupted");
		assert.deepEqual(await names(), ["Resume"]);
	},
);

test("the table that a button opens comes into sight and takes the focus", options, async (context) => {
	const { page } = await openOne(context);
	await page.getByRole("button", { name: "Table" }).click();
	await page.waitForFunction(() => document.activeElement?.classList.contains("table-scroll") === true);
	await page.waitForFunction(() => {
		const [sticky, table] = [".sticky", ".step-table"].map((name) =>
			document.querySelector(name)?.getBoundingClientRect(),
		);
		return sticky !== undefined && table !== undefined && table.top >= sticky.bottom && table.bottom <= innerHeight;
	});
});

test(
	"nothing of a choice or a cross-hair is drawn in the charts while nothing is pointed at",
	options,
	async (context) => {
		const { page, setTheme } = await openOne(context);
		for (const name of Object.keys(themes)) {
			await setTheme(name);
			const seen = page.locator(".u-select, .u-cursor-x, .u-cursor-pt");
			const sizes = await seen.evaluateAll((parts) => parts.map((part) => (part as HTMLElement).offsetWidth));
			assert.deepEqual([...new Set(sizes)], [0], name);
		}
	},
);

test(
	"a resumed run is read anew without a step missing or doubled, and a reload brings all of it back",
	options,
	async (context) => {
		const { page, run, step, reload } = await openOne(context);
		run.events.splice(2000);
		const last = run.events.filter(({ event }) => event === "step").length;
		await step(run, runEvent("/runs/a"), stepEvent(last + 1));
		await page.locator(".facts", { hasText: `step ${(last + 1).toLocaleString("en")}` }).waitFor();
		await page.getByRole("radio", { name: "Tokens" }).check({ force: true });
		await reload();
		await page.locator(".facts", { hasText: `step ${(last + 1).toLocaleString("en")}` }).waitFor();
		assert.equal(await page.getByRole("radio", { name: "Tokens" }).isChecked(), true);
		await page.getByRole("button", { name: "Table" }).click();
		await page.locator(".page-place", { hasText: `of ${(last + 1).toLocaleString("en")}` }).waitFor();
	},
);

test(
	"several runs lie over each other, and only the recipe fields that differ are listed",
	options,
	async (context) => {
		const runs = [
			played("/runs/a", 2000),
			played("/runs/b", 1500, { faster: 2, state: "done", recipe: { "train.learningRate": 0.006 } }),
		];
		const { page } = await openPanel(context, { runs });
		await page.getByRole("button", { name: "Runs" }).click();
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Space");
		await page.keyboard.press("Escape");
		const rows = page.locator(".compare tbody tr");
		await rows.filter({ hasText: "train.learningRate" }).waitFor();
		assert.match((await rows.filter({ hasText: "train.learningRate" }).textContent()) ?? "", /0\.003\s*0\.006/);
		assert.equal(await rows.filter({ hasText: "train.seed" }).count(), 0);
		await rows.filter({ hasText: /Best held-out loss2\.\d+ at step 2,0002\.\d+ at step 1,000/ }).waitFor();
		assert.equal(await page.locator(".readout tbody tr").count(), 2);
	},
);

test("charts are exported as SVG and PNG, all steps as CSV", options, async (context) => {
	const { page, heard } = await openOne(context, 1200);
	for (const name of ["SVG", "PNG", "CSV"]) {
		await page.getByRole("button", { name: "Export" }).click();
		await page.getByRole("menuitem", { name }).click();
		await page.locator("[aria-live=polite]", { hasText: name.toLowerCase() }).waitFor({ state: "attached" });
	}
	const saved = heard.filter(({ kind }) => kind === "save");
	assert.deepEqual(
		saved.map(({ name, encoding }) => [name, encoding]),
		[
			["loss-a.svg", "utf8"],
			["loss-a.png", "base64"],
			["loss-a.csv", "utf8"],
		],
	);
	assert.match(saved[0]?.content ?? "", /^<\?xml.*Gradient norm.*<\/svg>\s*$/s);
	assert.deepEqual([...Buffer.from(saved[1]?.content ?? "", "base64").subarray(1, 4)], [...Buffer.from("PNG")]);
	assert.equal(saved[2]?.content?.trim().split("\r\n").length, 1201);
});

test("every theme is put on while the panel is open", options, async (context) => {
	const { page, setTheme, complaints } = await openOne(context);
	const seen = new Set<unknown>();
	for (const name of Object.keys(themes)) {
		await setTheme(name);
		await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
		seen.add(await page.evaluate(pixels));
	}
	assert.equal(seen.size, 4);
	assert.deepEqual(complaints, []);
});

test("without a run the panel offers to train, and draws the run that then begins", options, async (context) => {
	const runs: PlayedRun[] = [];
	const { page, heard, tell } = await openPanel(context, { runs });
	await page.getByRole("button", { name: "Train on This Workspace" }).click();
	await page.waitForFunction(() => true);
	assert.ok(heard.some(({ kind }) => kind === "train"));
	const run = played("/runs/new", 10);
	runs.push(run);
	await tell({ kind: "notification", name: "runChanged", params: { path: "/runs/new", status: run.status } });
	await page.locator(".facts", { hasText: "step 10" }).waitFor();
});

test("a run that went on from a model shows it before and after, to be used or discarded", options, async (context) => {
	const run = played("/runs/a", 20, { state: "done" });
	run.status = { ...run.status, model: "/runs/a/model" };
	const after = { ...heldOutScores(3.1), top1: 0.47 };
	const heldOut = { ...after, before: { ...after, loss: 3.9, top1: 0.36 } };
	const facts = { steps: 20, seconds: 2, tokens: 20_480, peakMemoryBytes: 4e8 };
	run.events.push({ event: "done", run: "a", path: "/runs/a", model: "/runs/a/model", heldOut, ...facts });
	const { page, heard } = await openPanel(context, { runs: [run] });
	const outcome = page.locator(".outcome");
	await outcome.getByRole("heading", { name: "Before and after" }).waitFor();
	const cells = await outcome.locator("tbody tr").first().locator("th, td").allTextContents();
	assert.deepEqual(cells, ["First guess right", "36 %", "47 %", "30 %"]);
	await outcome.getByRole("button", { name: "Use for Completion" }).click();
	await outcome.getByRole("button", { name: "Discard" }).click();
	const acts = heard.filter(({ kind }) => kind === "act").map(({ action, path }) => [action, path]);
	assert.deepEqual(acts, [
		["useModel", "/runs/a/model"],
		["discardRun", "/runs/a"],
	]);
});
