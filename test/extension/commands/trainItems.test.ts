import assert from "node:assert/strict";
import { test } from "node:test";
import {
	budgetChoices,
	corpusChoices,
	corpusSummary,
	deviceChoices,
	parseBudget,
	recipeChoices,
} from "../../../extension/commands/trainItems.ts";
import type { CorpusReport, RecipeDescriptions } from "../../../sidecar/protocol/outputs.ts";
import { english } from "../../support/englishTexts.ts";

const recipes: RecipeDescriptions = ["code-mlm-adapt", "code-mlm-base", "code-mlm-small"].map((name) => ({
	name,
	summary: `The ${name}.`,
	paper: null,
	page: null,
	card: null,
	state: "learn-green",
	parameters: [],
}));

const report: CorpusReport = {
	files: 1204,
	bytes: 9_000_000,
	tokens: 3_100_000,
	languages: { JSON: 4, TypeScript: 1200 },
	heldOutFiles: 120,
	leftOut: [{ path: "a.bin", why: "not text" }],
	estimate: { seconds: 300, bytes: 600_000_000 },
};

test("the default recipe stands first, a recipe file of the user's too", () => {
	const names = (chosen: string | undefined, boxed = false) =>
		recipeChoices(recipes, { chosen, boxed }, english).map(({ value, description }) => [value, description]);
	const base = ["code-mlm-base", undefined];
	const nothing = ["code-mlm-small", "from nothing"];
	assert.deepEqual(names("code-mlm-base"), [["code-mlm-base", "default"], nothing]);
	assert.deepEqual(names("my.maskwright.json"), [["my.maskwright.json", "default"], nothing, base]);
	assert.deepEqual(names(undefined), [["code-mlm-small", "from nothing, default"], base]);
});

test("recipe files of the workspace stand behind the standard ones", () => {
	const files = ["/w/a.maskwright-recipe.json", "/w/maskwright.recipe.json"];
	const rows = recipeChoices(recipes, { chosen: files[1], boxed: false, files }, english);
	assert.deepEqual(
		rows.map(({ label, value, description }) => [label, value, description]),
		[
			["maskwright.recipe.json", files[1], "recipe file, default"],
			["code-mlm-small", "code-mlm-small", "from nothing"],
			["a.maskwright-recipe.json", files[0], "recipe file"],
			["code-mlm-base", "code-mlm-base", undefined],
		],
	);
});

test("with a model in the box, going on from it stands first and training from nothing second", () => {
	const names = (chosen?: string) =>
		recipeChoices(recipes, { chosen, boxed: true }, english).map(({ value, description }) => [value, description]);
	const adapt = ["code-mlm-adapt", "from the model that comes with Maskwright"];
	const [base, nothing] = [
		["code-mlm-base", undefined],
		["code-mlm-small", "from nothing"],
	];
	assert.deepEqual(names(), [[adapt[0], `${adapt[1]}, default`], nothing, base]);
	assert.deepEqual(names("code-mlm-base"), [["code-mlm-base", "default"], adapt, nothing]);
});

test("the corpus is told in a line, with its languages, time, memory and what is left out", () => {
	assert.equal(corpusSummary(report, english), "1.2 k files, 3.1 M tokens");
	assert.deepEqual(
		corpusChoices(report, english).map(({ label, description, detail }) => [label, description, detail]),
		[
			["$(files) 1.2 k files, 3.1 M tokens", "about 5 min, 600 MB of memory", "TypeScript 1200, JSON 4"],
			["$(circle-slash) 1 left out", "show each with its reason", undefined],
		],
	);
});

test("the default budget stands first and only once", () => {
	const labels = (minutes: number) => budgetChoices(minutes, english).map(({ label }) => label);
	assert.deepEqual(labels(5), ["5 min", "1 min", "15 min", "1 h", "4 h", "Other..."]);
	assert.deepEqual(labels(20), ["20 min", "1 min", "5 min", "15 min", "1 h", "4 h", "Other..."]);
});

test("a budget is read in the units that people type", () => {
	const cases: Record<string, ReturnType<typeof parseBudget>> = {
		"20": { minutes: 20 },
		"20 min": { minutes: 20 },
		"20 m": { minutes: 20 },
		"0.5 minutes": { minutes: 0.5 },
		"2 h": { minutes: 120 },
		"500 steps": { steps: 500 },
		"1 step": { steps: 1 },
		"5M tokens": { tokens: 5_000_000 },
		"1.5 k tokens": { tokens: 1500 },
		"0": undefined,
		"-1": undefined,
		"5M": undefined,
		"20 apples": undefined,
		"": undefined,
	};
	const read = Object.fromEntries(Object.keys(cases).map((text) => [text, parseBudget(text)]));
	assert.deepEqual(read, cases);
});

test("only the devices of the platform are offered, the default first", () => {
	const values = (platform: NodeJS.Platform, chosen: "auto" | "cpu" | "dml") =>
		deviceChoices(platform, chosen, english).map(({ value }) => value);
	assert.deepEqual(values("linux", "auto"), ["auto", "webgpu", "cuda", "cpu"]);
	assert.deepEqual(values("win32", "cpu"), ["cpu", "auto", "webgpu", "cuda", "dml"]);
	assert.deepEqual(values("darwin", "auto"), ["auto", "webgpu", "coreml", "cpu"]);
	assert.deepEqual(values("darwin", "dml")[0], "dml");
});
