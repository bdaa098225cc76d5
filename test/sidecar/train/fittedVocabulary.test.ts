import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isError } from "../../../sidecar/base/errors.ts";
import { trainingEventSchema } from "../../../sidecar/protocol/events.ts";
import { codeMlmSmall } from "../../../sidecar/recipes/codeMlmSmall.ts";
import { codeSearch } from "../../../sidecar/recipes/codeSearch.ts";
import { prepareCorpus } from "../../../sidecar/train/prepare.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { callCli } from "../../support/callCli.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";
import { useUserFolder } from "../../support/userFolder.ts";

const folder = join(import.meta.dirname, "../../../sidecar/optim");

test("a small corpus gets as large a vocabulary as it supports, unless a size was named", async () => {
	await assert.rejects(prepareCorpus(folder, codeSearch.recipe), /Too few functions here are documented/);
	const { tokenizer } = await prepareCorpus(folder, codeMlmSmall.recipe);
	assert.ok(tokenizer.vocabularySize > 300 && tokenizer.vocabularySize < 8192, String(tokenizer.vocabularySize));
	const named = applyOverrides(codeMlmSmall.recipe, ["tokenizer.vocabularySize=8192"]);
	await assert.rejects(prepareCorpus(folder, named), (error) => isError(error, "vocabularyTooLarge"));
});

test("a run says which vocabulary it got, and its folder repeats it", async (context: TestContext) => {
	const place = temporaryFolder(context);
	useUserFolder(context, join(place, "home"));
	const tiny = ["model.layers=1", "model.hiddenSize=16", "model.intermediateSize=16", "model.heads=1"];
	const rows = ["data.sequenceLength=32", "train.batchTokens=64", "evaluation.finalRows=1"];
	const settings = [...tiny, ...rows].flatMap((one) => ["--set", one]);
	const train = (recipe: string, out: string) =>
		callCli(["train", folder, "--recipe", recipe, ...settings, "--steps", "1", "--json", "--out", join(place, out)]);
	const eventOf = (stdout: string) =>
		stdout
			.split("\n")
			.slice(0, -1)
			.map((line) => trainingEventSchema.parse(JSON.parse(line)))
			.find((event) => event.event === "corpus");

	const first = await train("code-mlm-small", "first");
	assert.deepEqual([first.exitCode, first.stderr], [0, ""]);
	const { size, asked } = eventOf(first.stdout)?.vocabulary ?? {};
	assert.equal(asked, 8192);
	const recipe = JSON.parse(readFileSync(join(place, "first", "recipe.json"), "utf8"));
	assert.equal(recipe.tokenizer.vocabularySize, size);
	const config = JSON.parse(readFileSync(join(place, "first", "model", "config.json"), "utf8"));
	assert.equal(config.vocab_size, size);

	const again = await train(join(place, "first", "recipe.json"), "again");
	assert.deepEqual([again.exitCode, eventOf(again.stdout)?.vocabulary], [0, undefined]);

	const own = join(place, "own.json");
	writeFileSync(own, JSON.stringify({ extends: "code-mlm-small", tokenizer: { vocabularySize: size! + 1 } }));
	const refused = await train(own, "refused");
	assert.equal(refused.exitCode, 1);
	assert.match(refused.stderr, new RegExp(`at most ${size} pieces`));
});
