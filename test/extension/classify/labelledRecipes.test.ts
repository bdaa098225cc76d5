import assert from "node:assert/strict";
import { test } from "node:test";
import { labelledRecipes } from "../../../extension/classify/labelledRecipes.ts";
import { describeRecipes } from "../../../sidecar/jobs/recipeChoice.ts";

test("a classifier is trained by whatever reads labelled texts: a recipe that ships, or a file that extends it under another name", () => {
	const files = {
		"/w/triage.maskwright-recipe.json": { extends: "instruct", name: "triage" },
		"/w/whole.maskwright-recipe.json": { name: "whole", data: { reader: { name: "labelled", text: "a", label: "b" } } },
		"/w/code.maskwright-recipe.json": { extends: "code-mlm-small", name: "instruct" },
		"/w/other.maskwright-recipe.json": { extends: "instruct", data: { reader: { name: "text" } } },
	};
	const texts = Object.entries(files).map(([path, content]) => ({ path, text: JSON.stringify(content) }));
	const found = labelledRecipes(describeRecipes(), [...texts, { path: "/w/broken.json", text: "{" }]);
	assert.deepEqual(
		found.map(({ recipe }) => recipe),
		["instruct", "/w/triage.maskwright-recipe.json", "/w/whole.maskwright-recipe.json"],
	);
	assert.equal(found[1]?.label, "triage.maskwright-recipe.json");
});
