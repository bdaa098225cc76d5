import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { describeRecipes } from "../../../sidecar/jobs/recipeChoice.ts";
import type { RecipeCard, RecipePage } from "../../../sidecar/protocol/recipeCards.ts";
import { runStatus } from "../../support/runStatus.ts";
import { openGallery } from "../support/galleryPage.ts";
import { leftOut, themes } from "../support/webviewPage.ts";

const options = { skip: leftOut, timeout: 300_000 };

const page: RecipePage = {
	says: "A paper says <b>this</b>.",
	headline: "It reaches 93% of something.",
	here: "Here it does that.",
	use: "Good for this.",
	interpretation: ["The rate is 0.15."],
};

const card: RecipeCard = {
	recipe: "plain-bert",
	metric: "held-out top-1",
	better: "higher",
	baseline: "plain masked LM",
	margin: 0.01,
	seeds: [1, 2, 3].map((seed) => ({
		seed,
		recipe: { value: 0.5 + seed / 100, tokens: 20_000, seconds: 12 },
		baseline: { value: 0.48, tokens: 20_000, seconds: 9 },
	})),
	difference: { mean: 0.04, low: 0.015, high: 0.065 },
	verdict: "better",
	also: { "an ablation": 0.47 },
	claim: "Better at every size.",
	reproduced: "The direction shows at this size.",
	executionProvider: "cpu",
};

const recipes = () =>
	describeRecipes().map((recipe) =>
		recipe.name === "plain-bert" ? { ...recipe, page, card } : { ...recipe, page: null },
	);

const runs = [
	runStatus({ recipe: "plain-bert", path: "/runs/one" }),
	runStatus({ recipe: "plain-bert", path: "/runs/two" }),
	runStatus({ recipe: "code-mlm-small", path: "/runs/three" }),
];

async function opened(context: TestContext, size?: { width: number; height: number }) {
	const gallery = await openGallery(context, { listRecipes: recipes, listRuns: () => runs }, size);
	await gallery.page.locator("h1").waitFor();
	return gallery;
}

test(
	"a recipe's page says what the paper says, what was measured and why each number is what it is",
	options,
	async (context) => {
		const { page: shown, complaints } = await opened(context);
		await shown.locator('[data-recipe="plain-bert"]').click();
		await shown.getByRole("heading", { level: 1, name: "plain-bert" }).waitFor();
		const text = (await shown.locator("main").textContent()) ?? "";
		for (const sentence of [
			page.says,
			page.headline,
			page.here,
			page.use,
			page.interpretation[0]!,
			card.claim,
			card.reproduced,
		])
			assert.ok(text.includes(sentence), sentence);
		const rows = await shown.locator("table.parameters tbody tr").count();
		const { parameters } = recipes().find(({ name }) => name === "plain-bert")!;
		assert.equal(rows, parameters.length);
		assert.match((await shown.locator("table.parameters").textContent()) ?? "", /train\.learningRate/);
		const cells = await shown.locator(".card table").first().locator("tbody tr").first().locator("td").allInnerTexts();
		assert.deepEqual(cells, ["0.51", "0.48", "20,000 / 20,000", "12 / 9"]);
		assert.equal(await shown.locator(".interval .gain").count(), 3);
		assert.match((await shown.locator('[data-recipe="plain-bert"]').textContent()) ?? "", /▲ better/);
		assert.deepEqual(complaints, []);
	},
);

test("Try starts training with the recipe, and Compare draws its runs alone", options, async (context) => {
	const { page: shown, heard } = await opened(context);
	await shown.locator('[data-recipe="plain-bert"]').click();
	await shown.getByRole("button", { name: "Compare Its Runs (2)" }).click();
	await shown.getByRole("button", { name: "Try on This Workspace" }).click();
	assert.deepEqual(
		heard.filter(({ kind }) => kind === "train" || kind === "compare"),
		[
			{ kind: "compare", runs: ["/runs/one", "/runs/two"] },
			{ kind: "train", recipe: "plain-bert" },
		],
	);
});

test("arrow keys walk the list, and a reload shows the same page", options, async (context) => {
	const { page: shown, reload } = await opened(context);
	await shown.locator(".recipe").first().focus();
	await shown.keyboard.press("ArrowDown");
	const second = await shown.evaluate(() => (document.activeElement as HTMLElement).dataset["recipe"]);
	await shown.keyboard.press("Enter");
	await shown.getByRole("heading", { level: 1, name: second! }).waitFor();
	assert.equal(await shown.evaluate(() => (document.activeElement as HTMLElement).dataset["recipe"]), second);
	await reload();
	await shown.getByRole("heading", { level: 1, name: second! }).waitFor();
});

test("what goes wrong is said, and tried again", options, async (context) => {
	let fails = true;
	const listRecipes = () => {
		if (fails) throw new Error("The sidecar is not running. Start it.");
		return recipes();
	};
	const { page: shown } = await openGallery(context, { listRecipes, listRuns: () => runs });
	await shown.getByText("The sidecar is not running. Start it.").waitFor();
	fails = false;
	await shown.getByRole("button", { name: "Try Again" }).click();
	await shown.locator("h1").waitFor();
	assert.equal(await shown.locator(".notice").isVisible(), false);
});

test("it is drawn in four themes and in a narrow column", options, async (context) => {
	const folder = process.env["MASKWRIGHT_TEST_KEEP"];
	const { page: shown, setTheme, complaints } = await opened(context);
	await shown.locator('[data-recipe="plain-bert"]').click();
	for (const theme of Object.keys(themes)) {
		await setTheme(theme);
		if (folder === undefined) continue;
		mkdirSync(folder, { recursive: true });
		await shown.screenshot({ path: join(folder, `recipes-${theme.replaceAll(" ", "-")}.png`) });
	}
	await shown.setViewportSize({ width: 420, height: 900 });
	const wide = await shown.evaluate(() => document.documentElement.scrollWidth);
	assert.ok(wide <= 420, `${wide} pixels wide`);
	if (folder !== undefined) await shown.screenshot({ path: join(folder, "recipes-narrow.png") });
	assert.deepEqual(complaints, []);
});
