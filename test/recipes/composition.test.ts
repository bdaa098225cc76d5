/** Parts of two papers run together: a recipe says so, and no code does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { recipes } from "../../sidecar/recipes/recipes.ts";
import { parseRecipe, type Recipe } from "../../sidecar/train/recipe.ts";
import { applyOverrides, mergeRecipe } from "../../sidecar/train/recipeChanges.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { tinyShape, writeTinyCorpus } from "../support/tinyTraining.ts";
import { trainArm } from "./trainArm.ts";

const limit = { timeout: 120_000 };
const named = (name: string): Recipe => recipes.get(name)!.recipe;
const entities = { masking: (named("lem") as Extract<Recipe, { masking: unknown }>).masking };

/** Trains a few steps of `base` with `parts` of another recipe; the shape is tiny. */
async function trained(
	context: TestContext,
	{ base, parts, also = [] }: { base: string; parts: object; also?: readonly string[] },
) {
	const folder = temporaryFolder(context);
	writeTinyCorpus(join(folder, "corpus"));
	const recipe = parseRecipe(mergeRecipe(named(base), { ...parts, name: "composed" }));
	const tiny = applyOverrides(recipe, [...tinyShape, 'train.budget={"steps":4}', ...also]);
	assert.deepEqual(parseRecipe(JSON.parse(JSON.stringify(tiny))), tiny);
	return trainArm(tiny, { corpus: join(folder, "corpus"), folder });
}

test("Linguistic Entity Masking trains under ELECTRA's objective", limit, async (context) => {
	const generator = ["generator.hiddenSize=8", "generator.heads=1", "generator.intermediateSize=12"];
	const done = await trained(context, { base: "electra", parts: entities, also: generator });
	const plain = await trained(context, { base: "electra", parts: {}, also: generator });
	assert.equal(done.steps, 4);
	assert.notDeepEqual(done.heldOut, plain.heldOut, "the masks changed nothing");
});

test("Linguistic Entity Masking is what the masked phase of a biphasic run masks", limit, async (context) => {
	const done = await trained(context, { base: "biphasic", parts: entities });
	const plain = await trained(context, { base: "biphasic", parts: {} });
	assert.equal(done.steps, 4);
	assert.ok(Number.isFinite(done.heldOut.loss));
	assert.notDeepEqual(done.heldOut, plain.heldOut, "the masks changed nothing");
});

test("a masking that cannot stand with the parts of a recipe is refused by its name", limit, () => {
	const codeSearch = { ...named("code-search"), ...entities };
	assert.throws(() => parseRecipe(codeSearch), /unknown key masking/);
});
