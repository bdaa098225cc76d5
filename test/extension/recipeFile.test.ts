import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { newRecipeFile } from "../../extension/recipeFile.ts";
import { chooseRecipe, describeRecipes } from "../../sidecar/jobs/recipeChoice.ts";
import { recipes } from "../../sidecar/recipes/recipes.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

for (const description of describeRecipes()) {
	test(`a new file that extends ${description.name} is that recipe under another name`, (context) => {
		const file = join(temporaryFolder(context), "new.maskwright-recipe.json");
		const text = newRecipeFile(description);
		writeFileSync(file, text);
		assert.ok(!text.includes("$schema"));
		const { recipe } = recipes.get(description.name)!;
		assert.deepEqual(chooseRecipe({ recipe: file, set: [] }), { ...recipe, name: `my-${recipe.name}` });
	});
}

test("it has what is changed most often", () => {
	const biphasic = describeRecipes().find(({ name }) => name === "biphasic")!;
	const file = JSON.parse(newRecipeFile(biphasic)) as { train: object; phases: unknown[] };
	assert.deepEqual(Object.keys(file), ["extends", "name", "phases", "masking", "model", "train"]);
	assert.deepEqual(file.train, { learningRate: 0.004, budget: { minutes: 10 } });
	const adapt = describeRecipes().find(({ name }) => name === "code-mlm-adapt")!;
	const keys = Object.keys(JSON.parse(newRecipeFile(adapt)) as object);
	assert.deepEqual(keys, ["extends", "name", "masking", "train"], "its model has the shape of the one in the box");
});
