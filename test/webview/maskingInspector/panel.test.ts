import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { masksSchema } from "../../../sidecar/protocol/inspect/masks.ts";
import { inspectedConfigs, inspectedModel, inspectedText } from "../../support/inspectedModel.ts";
import { type InspectorOptions, openInspector } from "../support/inspectorPage.ts";
import { leftOut, themes } from "../support/webviewPage.ts";

const options = { skip: leftOut, timeout: 300_000 };
const config = inspectedConfigs["ModernBERT"]!;
const models = { before: inspectedModel(config).model, after: inspectedModel(config, { seed: 9 }).model };

async function opened(context: TestContext, more: Partial<InspectorOptions> = {}) {
	const inspector = await openInspector(context, { text: inspectedText, models, ...more });
	await inspector.page.locator(".line").first().waitFor();
	return inspector;
}

test("the text stands there as it is, with each chosen token marked as its action says", options, async (context) => {
	const text = `${inspectedText}\tface = "😀"\r\nשלום = 1\r\n`;
	const { page, complaints, asked } = await opened(context, { text });
	const lines = await page
		.locator(".line")
		.evaluateAll((all) =>
			all.map((line) =>
				[...line.childNodes]
					.map((node) => (node as Element).querySelector?.(".own")?.textContent ?? node.textContent)
					.join(""),
			),
		);
	const seen = (line: string) => line.replaceAll(/[·⏎⇥\s]/g, "");
	assert.deepEqual(lines.map(seen), text.split(/\r\n|\n/).map(seen));
	const chosen = await page.locator('.token.chosen[role="button"]').count();
	const counted = await page.locator(".counts tbody tr").first().locator("td").first().textContent();
	assert.equal(String(chosen), counted);
	const heights = await page.locator(".line").evaluateAll((all) => all.map((line) => line.clientHeight));
	assert.ok(Math.min(...heights) > 15, `an empty line keeps its height: ${heights.join()}`);
	for (const action of ["mask", "random", "same"])
		assert.ok((await page.locator(`.token.${action}`).count()) > 0, action);
	const shapes = await page.locator('.token.chosen[role="button"]').evaluateAll((all) =>
		all.map((token) => {
			const { borderTopStyle, borderBottomStyle } = getComputedStyle(token);
			return `${token.classList[2]} ${borderTopStyle} ${borderBottomStyle}`;
		}),
	);
	assert.deepEqual([...new Set(shapes)].sort(), ["mask solid solid", "random dashed dashed", "same none double"]);
	assert.equal(asked().length, 1);
	assert.deepEqual(complaints, []);
});

test("controls ask for other masks: strategy, rate, seed and epoch by epoch", options, async (context) => {
	const { page, asked } = await opened(context);
	await page.getByLabel("Strategy").selectOption("span");
	await page.locator(".counts caption", { hasText: "epoch 0" }).waitFor();
	await page.getByRole("button", { name: "Next epoch" }).click();
	await page.locator(".counts caption", { hasText: "epoch 1" }).waitFor();
	await page.getByLabel("Seed").fill("42");
	await page.getByLabel("Seed").press("Enter");
	await page.locator(".counts caption", { hasText: "seed 42" }).waitFor();
	await page.getByRole("slider", { name: "Rate" }).fill("50");
	await page.locator(".counts tbody tr").first().locator("td", { hasText: /^50%$/ }).nth(0).waitFor();
	const { strategy, epoch, seed, rate } = asked().at(-1)!;
	assert.deepEqual({ strategy, epoch, seed, rate }, { strategy: "span", epoch: 1, seed: 42, rate: 0.5 });
	assert.equal(await page.locator(".token.chosen.by-span").count(), await page.locator(".token.chosen").count());
});

test(
	"a token is told of, revealed by a click and by the keys, and the editor's selection is shown",
	options,
	async (context) => {
		const { page, heard, tell } = await opened(context);
		const first = page.locator('.token.chosen[role="button"]').first();
		const name = await first.getAttribute("aria-label");
		assert.match(name!, /, (masked|replaced by .+|chosen and left as it is), [a-z ]+, (right|wrong), \d/);
		await first.focus();
		await page.keyboard.press("ArrowRight");
		await page.keyboard.press("Enter");
		await page.keyboard.press("End");
		const last = page.locator('.token.chosen[role="button"]').last();
		assert.equal(
			await page.evaluate("document.activeElement.getAttribute('aria-label')"),
			await last.getAttribute("aria-label"),
		);
		assert.match((await page.locator(".details").textContent())!, /row \d of the packing.*(right|wrong), \d/);
		await page.locator(".token:not(.chosen)", { hasText: /^\w/ }).first().click();
		const revealed = heard
			.filter(({ kind }) => kind === "reveal")
			.map(({ span }) => inspectedText.slice(span!.start, span!.end));
		assert.equal(revealed.length, 2);
		assert.equal(revealed[1], await page.locator(".token:not(.chosen)", { hasText: /^\w/ }).first().textContent());
		const start = inspectedText.indexOf("volume");
		await tell({ kind: "selection", span: { start, end: start + "volume".length } });
		assert.equal(
			(await page.locator(".token.selected").allTextContents())
				.join("")
				.replaceAll(/[→✓✗RWSI]/g, "")
				.includes("vol"),
			true,
		);
	},
);

test(
	"two models stand side by side, the largest differences first; all of it is in the table",
	options,
	async (context) => {
		const { page, heard } = await opened(context);
		await page.getByLabel("Compare with").selectOption("/models/after");
		await page.locator(".side h2", { hasText: "Where the models differ most" }).waitFor();
		assert.match((await page.locator(".summary").textContent())!, /before: loss \d.* · after: loss \d/);
		const changes = await page.locator(".difference .note").allTextContents();
		const sizes = changes.map((change) => {
			const [one, other] = change.match(/[\d.e-]+(?=%)/g)!.map(Number);
			return Math.abs(other! - one!);
		});
		assert.ok(sizes.length > 5 && sizes.every((size, at) => at === 0 || size <= sizes[at - 1]! + 0.2), sizes.join());
		await page.getByRole("button", { name: "Table" }).click();
		const rows = page.locator(".main .grid tbody tr");
		assert.equal(await rows.count(), await page.locator('.token.chosen[role="button"]').count());
		assert.match((await rows.first().textContent())!, /(right|wrong), .+%/);
		for (const format of ["The Text as SVG", "The Text as PNG", "Numbers as JSON", "Everything as One HTML File"]) {
			const before = heard.length;
			await page.getByRole("button", { name: "Export" }).click();
			await page.getByRole("menuitem", { name: format }).click();
			while (!heard.slice(before).some(({ kind }) => kind === "save")) await page.waitForTimeout(20);
		}
		const [svg, png, json, html] = heard.filter(({ kind }) => kind === "save");
		const root = await page.evaluate((text) => {
			const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
			return parsed.querySelector("parsererror")?.textContent ?? parsed.documentElement.nodeName;
		}, svg!.content!);
		assert.equal(root, "svg");
		assert.equal(Buffer.from(png!.content!, "base64").subarray(1, 4).toString(), "PNG");
		const kept = process.env["MASKWRIGHT_TEST_KEEP"];
		if (kept !== undefined) {
			mkdirSync(kept, { recursive: true });
			writeFileSync(join(kept, "masks.png"), Buffer.from(png!.content!, "base64"));
			writeFileSync(join(kept, "masks.svg"), svg!.content!);
		}
		const report = masksSchema.parse(JSON.parse(json!.content!));
		assert.equal(report.models.length, 2);
		await page.setContent(html!.content!);
		const marked = await page.locator("pre span").count();
		assert.equal(marked, report.tokens.filter(({ action, start, end }) => action !== "keep" && end > start).length);
		assert.equal(html!.content!.match(/<(script|link|img)|https?:/g), null);
	},
);

test(
	"masks by syntax class and by data flow stand on the text, by the grammar of the file",
	options,
	async (context) => {
		const { page, asked } = await opened(context);
		for (const strategy of ["syntax", "dataflow"]) {
			await page.getByLabel("Strategy").selectOption(strategy);
			await page.locator(`.token.chosen.by-${strategy}`).first().waitFor();
			const texts = await page.locator(".token.chosen .own").allTextContents();
			assert.ok(texts.filter((text) => /^\W+$/.test(text)).length < texts.length / 4, texts.join("|"));
		}
		assert.equal(asked().at(-1)!.path, "src/area.py");
	},
);

test(
	"GraphCodeBERT's rows stand on the file with their variables; code search masks nothing",
	options,
	async (context) => {
		const graph = inspectedModel(inspectedConfigs["RoBERTa"]!).model;
		const text = `limit = 1\n\n${inspectedText}`;
		const { page, heard } = await opened(context, { text, models: { graph } });
		await page.getByLabel("Recipe").selectOption("graphcodebert");
		await page.locator(".functions details").nth(1).waitFor();
		assert.equal((await page.locator(".line").first().textContent())!, "limit = 1");
		assert.equal(await page.locator(".line").first().locator(".token").count(), 0);
		assert.ok((await page.locator(".token .right, .token .wrong").count()) > 5, "the model was asked");
		assert.ok((await page.locator(".token.variable").count()) > 8);
		assert.ok((await page.locator(".token.hidden-variable").count()) > 0);
		await page.locator(".functions summary", { hasText: "volume" }).click();
		await page
			.locator(".functions li", { hasText: /^base ← .*width/ })
			.first()
			.waitFor();
		await page
			.locator(".functions li", { hasText: /^base ← .*width/ })
			.first()
			.locator("button")
			.click();
		const { span } = heard.findLast(({ kind }) => kind === "reveal")!;
		assert.equal(text.slice(span!.start, span!.end).trim(), "base");
		await page.getByLabel("Recipe").selectOption("code-search");
		await page.locator(".main > .note", { hasText: "code-search masks nothing" }).waitFor();
		assert.equal(await page.locator(".token.chosen").count(), 0);
		assert.ok((await page.locator(".line").count()) > 7, "the text still stands there");
	},
);

test("the masks of a long text are shown before the model has been asked", options, async (context) => {
	const text = Array.from({ length: 700 }, (_, line) => `size${line} = width * ${line}\n`).join("");
	const { page, asked } = await opened(context, {
		text,
		failure: ({ predict }) => (predict ? new Error("later") : undefined),
	});
	await page.getByRole("alert").filter({ hasText: "later" }).waitFor();
	assert.deepEqual(
		asked().map(({ predict }) => predict),
		[false, true, false],
	);
	assert.ok((await page.locator('.token.chosen[role="button"]').count()) > 500);
});

test("what was chosen comes back after a reload", options, async (context) => {
	const { page, reload, asked } = await opened(context);
	await page.getByRole("button", { name: "Next epoch" }).click();
	await page.locator(".counts caption", { hasText: "epoch 1" }).waitFor();
	await reload();
	await page.locator(".counts caption", { hasText: "epoch 1" }).waitFor();
	assert.equal(asked().at(-1)!.epoch, 1);
});

test(
	"states: no file, an empty one, nothing selected, no model, a model that cannot be asked",
	options,
	async (context) => {
		const refusal = new Error("There is no model in use. Train one.");
		let fail: "all" | "predictions" | "none" = "none";
		const { page, document } = await opened(context, {
			failure: ({ predict }) => (fail === "all" || (fail === "predictions" && predict) ? refusal : undefined),
		});
		const note = page.locator(".main > .note");
		await document("", 2);
		await note.filter({ hasText: "src/area.py is empty." }).waitFor();
		await document(inspectedText, 3);
		await page.locator('.token.chosen[role="button"]').first().waitFor();
		await page.getByLabel("Selection only").check();
		await note.filter({ hasText: "Nothing is selected in src/area.py." }).waitFor();
		await page.getByLabel("Selection only").uncheck();
		fail = "predictions";
		await page.getByRole("button", { name: "Next epoch" }).click();
		await page.locator(".notice", { hasText: "There is no model in use" }).waitFor();
		assert.ok((await page.locator('.token.chosen[role="button"]').count()) > 0);
		assert.equal(await page.locator(".token .wrong, .token .right").count(), 0);
		fail = "all";
		await page.getByRole("button", { name: "Next epoch" }).click();
		await page.getByRole("button", { name: "Try Again" }).waitFor();
		fail = "none";
		await page.getByRole("button", { name: "Try Again" }).click();
		await page.locator(".counts caption", { hasText: "epoch 2" }).waitFor();
		await document(null);
		await note.filter({ hasText: "Open a file" }).waitFor();
	},
);

test(
	"marks can be told apart in four themes (MASKWRIGHT_TEST_KEEP=FOLDER keeps the pictures)",
	options,
	async (context) => {
		const { page, setTheme } = await opened(context);
		await page.getByLabel("Compare with").selectOption("/models/after");
		await page.locator(".side h2", { hasText: "differ most" }).waitFor();
		await page.locator('.token.chosen[role="button"]').nth(3).focus();
		const kept = process.env["MASKWRIGHT_TEST_KEEP"];
		for (const name of Object.keys(themes)) {
			await setTheme(name);
			const colours = await page
				.locator(".token.chosen.mask")
				.first()
				.evaluate((token) => {
					const { borderTopColor, color } = getComputedStyle(token);
					return [borderTopColor, color];
				});
			assert.ok(
				colours.every((colour) => !/rgba\(.*, 0\)$/.test(colour)),
				`${name}: ${colours.join()}`,
			);
			if (kept === undefined) continue;
			mkdirSync(kept, { recursive: true });
			await page.screenshot({ path: join(kept, `maskingInspector-${name.replaceAll(" ", "")}.png`) });
		}
	},
);
