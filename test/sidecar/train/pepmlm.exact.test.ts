import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { collate, maskedCapacity } from "../../../sidecar/data/collate.ts";
import type { Masking } from "../../../sidecar/data/masking/config.ts";
import { pepmlm } from "../../../sidecar/recipes/pepmlm.ts";
import { aminoAcids, characterTokenizer } from "../../../sidecar/tokenizer/characterTokenizer.ts";
import { loadTokenizer } from "../../../sidecar/tokenizer/loadTokenizer.ts";
import { prepareCorpus } from "../../../sidecar/train/prepare.ts";
import type { RecipeOf } from "../../../sidecar/train/recipe.ts";
import { applyOverrides } from "../../../sidecar/train/recipeChanges.ts";
import { temporaryFolder } from "../../support/temporaryFolder.ts";

const pairs = Array.from({ length: 30 }, (_, at) => ({
	target: `M${"KLAG".repeat(1 + (at % 3))}${aminoAcids[at % 20]}`,
	binder: `${aminoAcids[(at * 7) % 20]}WY`.slice(0, 1 + (at % 3)),
}));

/** A row by hand: [CLS] target binder [SEP], a letter's id being its place behind the five special tokens. */
function rowOf({ target, binder }: (typeof pairs)[number]) {
	const [cls, pad, sep, , mask] = [0, 1, 2, 3, 4];
	const letters = [...target, ...binder].map((letter) => 5 + aminoAcids.indexOf(letter));
	const truth = [cls, ...letters, sep];
	const from = 1 + target.length;
	const shown = truth.map((id, at) => (at >= from && at < from + binder.length ? mask : id));
	const padding = new Array<number>(32 - truth.length).fill(pad);
	return { input: [...shown, ...padding].join(), labels: letters.slice(target.length) };
}

test("all of each binder is masked and predicted, and nothing of a target; random masking is told apart", async (context) => {
	const file = join(temporaryFolder(context), "pairs.csv");
	writeFileSync(file, `target,binder\n${pairs.map(({ target, binder }) => `${target},${binder}\n`).join("")}`);
	const recipe = applyOverrides(pepmlm.recipe, [
		"data.sequenceLength=32",
		"model.maxPositions=32",
	]) as RecipeOf<"maskedLm">;
	const corpus = await prepareCorpus(file, recipe);
	const expected = new Map(pairs.map((pair) => [rowOf(pair).input, rowOf(pair).labels]));
	const all = [...Array(corpus.train.count).keys()];
	const batchOf = (masking: Masking) =>
		collate(corpus.train, all, { masking, pieces: corpus.pieces, maskId: 4, padId: 1, seed: 3, epoch: 0 });
	const check = (masking: Masking): void => {
		const batch = batchOf(masking);
		for (const row of all) {
			const input = [...batch.inputIds.subarray(32 * row, 32 * row + 32)].join();
			const inRow = [...batch.maskedPositions.subarray(0, batch.maskedCount).keys()].filter(
				(at) => Math.floor(batch.maskedPositions[at]! / 32) === row,
			);
			assert.deepEqual(
				inRow.map((at) => batch.labels[at]),
				expected.get(input),
			);
		}
		const weights = batch.weights.reduce((sum, weight) => sum + weight, 0);
		assert.ok(Math.abs(weights - 1) < 1e-5);
		assert.ok(batch.weights.subarray(batch.maskedCount).every((weight) => weight === 0));
	};
	check(recipe.masking);
	assert.throws(() => check({ ...recipe.masking, strategies: [{ name: "random", weight: 1 }] })); // the broken variant
	assert.ok(maskedCapacity(all.length, 32, recipe.masking, corpus.train) >= batchOf(recipe.masking).maskedCount);
});

test("a letter is a token: there and back, through its file, and the unknown ones are known as such", () => {
	const tokenizer = characterTokenizer(aminoAcids);
	assert.equal(tokenizer.vocabularySize, 5 + aminoAcids.length);
	const { ids } = tokenizer.encode("MKTX");
	assert.deepEqual(
		[...ids],
		[..."MKTX"].map((letter) => 5 + aminoAcids.indexOf(letter)),
	);
	assert.equal(tokenizer.decode(ids), "MKTX");
	const again = loadTokenizer(JSON.parse(JSON.stringify(tokenizer.toJSON())));
	assert.deepEqual([...again.encode("MKTX").ids], [...ids]);
	assert.deepEqual([...tokenizer.encode("M1").ids], [5 + aminoAcids.indexOf("M"), tokenizer.special.unk]);
	assert.throws(() => characterTokenizer("AA"), /each once/);
	assert.throws(() => characterTokenizer("A "), /visible/);
});
