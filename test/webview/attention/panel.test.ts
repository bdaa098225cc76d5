import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { useModelParts } from "../../../sidecar/inference/loadedModel.ts";
import { headSpecs } from "../../../sidecar/inference/predictingHead.ts";
import type { AttentionToExtension } from "../../../sidecar/protocol/panels/attention.ts";
import { inspectedConfigs, inspectedModel, inspectedText } from "../../support/inspectedModel.ts";
import { type AttentionOptions, documentOf, openAttention } from "../support/attentionPage.ts";
import { leftOut, themes } from "../support/webviewPage.ts";

const options = { skip: leftOut, timeout: 600_000 };
const config = inspectedConfigs["ModernBERT"]!;
const { model } = inspectedModel(config);
const whole = documentOf(inspectedText);

async function opened(context: TestContext, more: Partial<AttentionOptions> = {}) {
	const played = await openAttention(context, { document: whole, model, ...more });
	await played.page.locator("main:not([hidden])").waitFor();
	await settled(played.page);
	return played;
}

/** Waits until nothing is asked for and the frame after that is drawn. */
async function settled(page: Page): Promise<void> {
	await page.locator(".progress").waitFor({ state: "hidden" });
	await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
}

const choose = async (page: Page, view: string) => {
	await page.locator(".segment", { hasText: view }).first().click();
	await settled(page);
};
const show = async (page: Page, source: string) => {
	await page.getByLabel("What is shown").selectOption(source);
	await settled(page);
};
/** Waits until a screen reader is told something like this. */
const says = (page: Page, like: RegExp) =>
	page.locator(".for-screen-readers", { hasText: like }).waitFor({ state: "attached", timeout: 20_000 });
const legend = (page: Page) => page.locator(".legend li").allTextContents();

/** Presses the picture at the first letter of a line of code. */
const pressLine = (page: Page, line: number) =>
	page.locator(".picture").click({ position: { x: 48 + 3, y: 10 + 24 * (line - 0.5) } });

test("every view is drawn and says what its marks mean", options, async (context) => {
	const { page, complaints, answers } = await opened(context);
	const pictures = new Set<string>();
	const drawn = async (what: string) => {
		const picture = await page.locator(".picture canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
		assert.ok(picture.length > 8000, `${what} is empty`);
		pictures.add(picture);
	};
	for (const view of ["Code", "Lines", "Matrix"]) {
		await choose(page, view);
		await drawn(view);
		assert.match((await legend(page)).join(), /attention.*data flow/);
	}
	await page.getByRole("spinbutton", { name: "Layer" }).fill("1");
	await settled(page);
	await drawn("a local layer");
	assert.match((await legend(page)).join(), /as far as the layer sees: 4 tokens/);
	await show(page, "rollout");
	await drawn("rollout");
	await show(page, "integratedGradients");
	await pressLine(page, 3);
	await page.locator(".readout", { hasText: /^Masked, “.+” has / }).waitFor();
	await drawn("integrated gradients");
	assert.deepEqual(await legend(page), [
		"speaks for the true token",
		"speaks against it",
		"masked and explained",
		"data flow, from use to source (dot)",
	]);
	const asked = answers.length;
	await show(page, "inputTimesGradient");
	await drawn("input times gradient");
	assert.equal(answers.length, asked, "one answer has both");
	assert.equal(pictures.size, 7);
	assert.deepEqual(complaints, []);
});

test("everything is reached and told by the keyboard alone", options, async (context) => {
	const { page, heard } = await opened(context);
	const names: string[] = [];
	for (let press = 0; press < 30; press++) {
		await page.keyboard.press("Tab");
		const name = await page.evaluate(`(() => {
			const { activeElement: one } = document;
			const label = one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent;
			return label.trim();
		})()`);
		if (name === "" || names.includes(String(name))) break;
		names.push(String(name));
	}
	for (const name of [
		"Code",
		"What is shown",
		"Layer",
		"Head",
		"Tables",
		"Export",
		"Looks at",
		"Hide special tokens",
		"Data flow",
		"Tokens with this text",
		"Tokens of this class",
		"Sort by data flow",
		"All heads",
		"Attention",
	])
		assert.ok(
			names.some((one) => one.startsWith(name)),
			`${name} is not among ${names.join(", ")}`,
		);
	await page.locator(".heads").focus();
	await page.keyboard.press("ArrowRight");
	await page.keyboard.press("ArrowDown");
	await says(page, /^Layer 1, head 1\. .*The layer sees 4 tokens/);
	await page.locator(".picture").focus();
	await page.keyboard.press("ArrowRight");
	await page.keyboard.press("ArrowDown");
	await settled(page);
	await says(page, /^“.+” \(line 2\) looks at “/);
	await page.keyboard.press("]");
	await says(page, /^Layer 2, head 0/);
	await page.keyboard.press("Enter");
	const reveals = heard.filter(({ kind }) => kind === "reveal") as Extract<AttentionToExtension, { kind: "reveal" }>[];
	assert.equal(reveals.at(-1)!.focus, true);
	await choose(page, "Matrix");
	await page.locator(".picture").focus();
	await page.keyboard.press("ArrowRight");
	await says(page, /gives “.+” \(line \d\) [\d.e-]+% of its attention/);
	const width = () =>
		page.locator(".picture .sizer").evaluate((sizer: HTMLElement) => Number.parseFloat(sizer.style.width));
	const before = await width();
	await page.keyboard.press("+");
	await settled(page);
	assert.ok((await width()) > before);
	await page.keyboard.press("Escape");
	await settled(page);
	assert.equal(await page.getByRole("button", { name: "Tables" }).getAttribute("aria-pressed"), "false");
	await page.getByRole("button", { name: "Tables" }).press("Enter");
	await page.getByRole("table", { name: "Tokens" }).waitFor();
	for (const name of ["Strongest pairs", "Heads"]) assert.equal(await page.getByRole("table", { name }).count(), 1);
	await page.getByRole("button", { name: "Export" }).press("Enter");
	await page.getByRole("menuitem", { name: "This View as SVG" }).waitFor();
	await page.keyboard.press("Escape");
	assert.match(await page.locator("body").ariaSnapshot(), /application "Attention"/);
});

test("the lines of several heads are drawn at once, each in its colour", options, async (context) => {
	const { page } = await opened(context);
	const one = await page.locator(".heads canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
	await page.locator(".heads").focus();
	await page.keyboard.press(" ");
	await says(page, /^Layer 0, head 0\. Its lines stay/);
	await page.keyboard.press("ArrowRight");
	await page.locator(".legend li", { hasText: "layer 0, head 0" }).waitFor();
	assert.deepEqual((await legend(page)).slice(0, 2), ["layer 0, head 1", "layer 0, head 0"]);
	await settled(page);
	assert.notEqual(
		await page.locator(".heads canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL()),
		one,
		"a head that is kept has its frame",
	);
	await page.locator(".heads").click({ position: { x: 80, y: 160 }, modifiers: ["Control"] });
	await page.locator(".legend li", { hasText: "layer 1, head 0" }).waitFor();
	await page.locator(".heads").click({ position: { x: 80, y: 160 }, modifiers: ["Control"] });
	await page.locator(".legend li", { hasText: "layer 1, head 0" }).waitFor({ state: "detached" });
});

const formats = [
	"This View as SVG",
	"This View as PNG",
	"All Heads as SVG",
	"All Heads as PNG",
	"Numbers as JSON",
	"Everything as One HTML File",
];

test(
	"every export of every view opens by itself (MASKWRIGHT_TEST_KEEP=FOLDER keeps them)",
	options,
	async (context) => {
		const { page, heard } = await opened(context);
		const viewer = await (await page.context().browser()!.newContext({ offline: true })).newPage();
		const complaints: string[] = [];
		viewer.on("console", (message) => complaints.push(message.text()));
		viewer.on("pageerror", (error) => complaints.push(error.message));
		const states: (readonly [string, () => Promise<void>])[] = [
			["code", () => choose(page, "Code")],
			["lines", () => choose(page, "Lines")],
			["matrix", () => choose(page, "Matrix")],
			["rollout", () => show(page, "rollout")],
			[
				"gradients",
				async () => {
					await show(page, "integratedGradients");
					await pressLine(page, 3);
					await page.locator(".readout", { hasText: /^Masked/ }).waitFor();
				},
			],
		];
		const kept = process.env["MASKWRIGHT_TEST_KEEP"];
		if (kept !== undefined) mkdirSync(kept, { recursive: true });
		for (const [state, prepare] of states) {
			await prepare();
			for (const format of formats) {
				const before = heard.length;
				await page.getByRole("button", { name: "Export" }).click();
				await page.getByRole("menuitem", { name: format }).click();
				await page.locator(".for-screen-readers", { hasText: "Saved as" }).waitFor();
				const file = heard.slice(before).find(({ kind }) => kind === "save") as Extract<
					AttentionToExtension,
					{ kind: "save" }
				>;
				await opens(viewer, file, `${state}, ${format}`);
				if (kept !== undefined && format !== "Numbers as JSON")
					await viewer.screenshot({ path: join(kept, `export-${state}-${formats.indexOf(format)}.png`) });
			}
		}
		assert.deepEqual(complaints, []);
	},
);

/** Opens a file in a page without a network; throws where it does not hold what it should. */
async function opens(viewer: Page, { name, content }: { name: string; content: string }, what: string): Promise<void> {
	if (name.endsWith(".json")) {
		const { tokens, attention, saliency } = JSON.parse(content);
		assert.equal(saliency === undefined ? attention.length : saliency.tokens.length, tokens.length, what);
		return;
	}
	if (name.endsWith(".svg")) {
		const root = await viewer.evaluate((text) => {
			const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
			return parsed.querySelector("parsererror")?.textContent ?? parsed.documentElement.nodeName;
		}, content);
		assert.equal(root, "svg", what);
		await viewer.setContent(content);
		assert.ok((await viewer.locator("svg :is(text, path, image, rect)").count()) > 5, what);
	} else if (name.endsWith(".png")) {
		await viewer.setContent(`<img src="data:image/png;base64,${content}">`);
		const width = await viewer.locator("img").evaluate(async (image: HTMLImageElement) => {
			await image.decode();
			return image.naturalWidth;
		});
		assert.ok(width > 300, what);
	} else {
		await viewer.setContent(content);
		assert.ok((await viewer.locator("figure svg").count()) >= 2, what);
		assert.ok(JSON.parse((await viewer.locator("#numbers").textContent())!).tokens.length > 10, what);
	}
}

test("states: nothing open, no model, one without a head, an unknown language, an edit", options, async (context) => {
	const bare = await openAttention(context, { document: null, model: undefined });
	await bare.page.locator(".placard", { hasText: "Nothing to look at" }).waitFor();
	await bare.tell({ kind: "inspect", document: whole });
	await bare.page.locator(".placard", { hasText: "There is no model in use" }).waitFor();
	assert.ok(await bare.page.getByRole("button", { name: "Train on This Workspace" }).isVisible());
	await bare.tell({ kind: "sidecar", state: "failed" });
	await bare.page.getByRole("button", { name: "Try Again" }).click();
	await bare.page.locator(".placard", { hasText: "The sidecar, which runs the model, cannot be used" }).waitFor();

	const names = new Set(headSpecs(config).map(({ name }) => name));
	const weights = new Map([...model.weights].filter(([name]) => !names.has(name)));
	const headless = useModelParts({ ...model, weights }, { executionProvider: "cpu", threads: 1 });
	const { page, tell } = await opened(context, {
		model: headless,
		document: documentOf(inspectedText, { name: "area.qqq" }),
	});
	await page.locator(".head-area .note", { hasText: "There is no data flow" }).waitFor();
	await show(page, "integratedGradients");
	await pressLine(page, 3);
	await page.getByRole("alert").filter({ hasText: "no head for masked language modelling" }).waitFor();
	await tell({ kind: "edited", uri: "file:///code/area.qqq", version: 2 });
	await page.getByRole("alert").filter({ hasText: "edited since" }).waitFor();
});

test("it is seen in four themes (MASKWRIGHT_TEST_KEEP=FOLDER keeps the pictures)", options, async (context) => {
	const text = `${inspectedText}\tface = "😀"\r\nשלום = 1  # עברית\r\n`;
	const { page, setTheme } = await opened(context, { document: documentOf(text) });
	await pressLine(page, 3);
	const kept = process.env["MASKWRIGHT_TEST_KEEP"];
	for (const name of Object.keys(themes)) {
		await setTheme(name);
		for (const view of ["Code", "Lines", "Matrix"]) {
			await choose(page, view);
			const colours = await page
				.locator(".legend .mark")
				.evaluateAll((marks) => marks.map((mark) => getComputedStyle(mark).borderBottomColor));
			assert.ok(colours.length > 1 && colours.every((colour) => !/, 0\)$/.test(colour)), `${name}: ${colours.join()}`);
			if (kept === undefined) continue;
			mkdirSync(kept, { recursive: true });
			await page.screenshot({ path: join(kept, `attention-${view}-${name.replaceAll(" ", "")}.png`) });
		}
	}
});
