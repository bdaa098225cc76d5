import assert from "node:assert/strict";
import { test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { recipes } from "../../../sidecar/recipes/recipes.ts";
import { flattenRecipe, parseRecipe, recipeJsonSchema } from "../../../sidecar/train/recipe.ts";
import { applyOverrides, mergeRecipe } from "../../../sidecar/train/recipeChanges.ts";

const base = recipes.get("code-mlm-small")!.recipe;

function refused(action: () => unknown, name: string, pattern: RegExp): void {
	assert.throws(action, (error: Error) => isError(error) && error.name === name && pattern.test(error.message));
}

test("every recipe survives the way through JSON and is complete: no default was left to the code", () => {
	for (const { recipe } of recipes.values()) {
		assert.deepEqual(parseRecipe(JSON.parse(JSON.stringify(recipe))), recipe);
	}
});

test("every number and name that a recipe chooses carries its reason", () => {
	for (const { recipe, reasons } of recipes.values()) {
		const keys = flattenRecipe(recipe)
			.map(([key]) => key)
			.filter((key) => !["name", "summary", "paper"].includes(key));
		const missing = keys.filter((key) => (reasons[key] ?? "") === "");
		assert.deepEqual(missing, [], recipe.name);
		const stale = Object.keys(reasons).filter((key) => !keys.includes(key));
		assert.deepEqual(stale, [], recipe.name);
	}
});

test("an unknown key is refused by its whole path", () => {
	refused(() => parseRecipe({ ...base, speed: 1 }), "recipeInvalid", /unknown key speed\./);
	refused(
		() => parseRecipe({ ...base, data: { ...base.data, lenght: 1 } }),
		"recipeInvalid",
		/unknown key data\.lenght\./,
	);
});

test("a wrong type is refused by its key", () => {
	refused(() => applyOverrides(base, ["train.batchTokens=many"]), "recipeInvalid", /train\.batchTokens/);
});

test("a size of the vocabulary that somebody names is meant, and one that a recipe ships with fits the corpus", () => {
	const sizeOf = (...set: string[]) => applyOverrides(base, set).tokenizer;
	assert.equal(sizeOf("tokenizer.minFrequency=3").exactSize, undefined);
	assert.equal(sizeOf("tokenizer.vocabularySize=500").exactSize, true);
	assert.equal(sizeOf(`tokenizer=${JSON.stringify(base.tokenizer)}`).exactSize, true);
	assert.equal(sizeOf("tokenizer.exactSize=false", "tokenizer.vocabularySize=500").exactSize, false);
});

test("values that contradict each other are refused", () => {
	refused(() => applyOverrides(base, ["train.batchTokens=2000"]), "recipeInvalid", /multiple of data\.sequenceLength/);
	refused(() => applyOverrides(base, ["train.microBatchTokens=384"]), "recipeInvalid", /divide train\.batchTokens/);
	refused(() => applyOverrides(base, ["model.heads=5"]), "recipeInvalid", /heads/);
	refused(() => applyOverrides(base, ["data.sequenceLength=256"]), "recipeInvalid", /model\.maxPositions/);
});

test("overrides are typed, dotted and leave the recipe they change as it is", () => {
	const before = structuredClone(base);
	const changed = applyOverrides(base, [
		"model.layers=6",
		"schedule.kind=cosine",
		'masking.strategies=[{"name":"span"}]',
	]);
	assert.deepEqual(
		[changed.model.layers, changed.schedule.kind, "masking" in changed && changed.masking.strategies[0]?.name],
		[6, "cosine", "span"],
	);
	assert.deepEqual(base, before);
	refused(() => applyOverrides(base, ["model.layers"]), "usage", /key=value/);
	refused(() => applyOverrides(base, ["modell.layers=6"]), "recipeInvalid", /modell/);
	refused(() => applyOverrides(base, ["__proto__.polluted=1"]), "recipeInvalid", /__proto__/);
	assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("another kind of optimizer or schedule leaves the settings of the old one behind", () => {
	const changed = applyOverrides(base, ["optimizer.kind=adamw"]);
	assert.deepEqual(Object.keys(changed.optimizer).toSorted(), ["beta1", "beta2", "epsilon", "kind", "weightDecay"]);
	refused(() => applyOverrides(base, ["optimizer.kind=adamw", "optimizer.momentum=0.9"]), "recipeInvalid", /momentum/);
});

test("an objective has its own sections: keys of another are refused, and dropped where an override changes it", () => {
	const graph = recipes.get("graphcodebert")!.recipe;
	refused(() => parseRecipe({ ...graph, objective: base.objective }), "recipeInvalid", /data\.packing/);
	refused(
		() => parseRecipe({ ...base, objective: { ...base.objective, edgeWeight: 1 } }),
		"recipeInvalid",
		/unknown key objective\.edgeWeight/,
	);
	refused(
		() => parseRecipe({ ...base, objective: { name: "guess" } }),
		"recipeInvalid",
		/one of maskedLm, .*graphCodeBert/,
	);
	refused(() => applyOverrides(graph, ["objective.nodes=120"]), "recipeInvalid", /leave fewer than 16/);
	refused(() => applyOverrides(graph, ["model.architecture=bert"]), "recipeInvalid", /model\.architecture/);
	const plain = [
		"objective.name=maskedLm",
		'objective={"name":"maskedLm","rows":"masked"}',
		'data={"sequenceLength":160,"packing":"padded","heldOutShare":0.1,"maxFileBytes":1000}',
	];
	assert.equal(applyOverrides(graph, plain).objective.name, "maskedLm");
	const { packing: _, ...data } = "packing" in base.data ? base.data : { ...base.data, packing: "" };
	const merged = parseRecipe(
		mergeRecipe(base, {
			objective: graph.objective,
			model: graph.model,
			data: { sequenceLength: 160 },
			train: { batchTokens: 1280 },
		}),
	);
	assert.deepEqual([merged.objective, merged.data], [graph.objective, { ...data, sequenceLength: 160 }]);
});

test("merging lays only the named keys over the recipe", () => {
	const merged = parseRecipe(mergeRecipe(base, { model: { layers: 2 } }));
	assert.deepEqual(merged, { ...base, model: { ...base.model, layers: 2 } });
});

test("a budget, and an optimizer or schedule of another kind, take the place of what they extend", () => {
	const patch = { train: { budget: { steps: 40 } }, optimizer: { kind: "adamw" }, schedule: { kind: "cosine" } };
	const merged = parseRecipe(mergeRecipe(recipes.get("code-mlm-small")?.recipe, patch));
	assert.deepEqual(merged.train.budget, { steps: 40 });
	assert.equal(merged.train.batchTokens, 1024);
	assert.deepEqual([merged.optimizer.kind, merged.schedule.kind], ["adamw", "cosine"]);
});

test("the JSON schema closes every object", () => {
	const open: string[] = [];
	const walk = (schema: unknown, path: string): void => {
		if (typeof schema !== "object" || schema === null) return;
		const node = schema as Record<string, unknown>;
		if (node["type"] === "object" && node["additionalProperties"] !== false) open.push(path);
		for (const [key, value] of Object.entries(node)) walk(value, `${path}/${key}`);
	};
	walk(recipeJsonSchema(), "");
	assert.deepEqual(open, []);
});
