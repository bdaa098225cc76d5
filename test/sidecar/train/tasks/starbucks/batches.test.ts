import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { starbucks } from "../../../../../sidecar/recipes/starbucks.ts";
import { encoderOf } from "../../../../../sidecar/train/encoderOf.ts";
import { prepareCorpus } from "../../../../../sidecar/train/prepare.ts";
import { applyOverrides } from "../../../../../sidecar/train/recipeChanges.ts";
import { taskOf } from "../../../../../sidecar/train/tasks/tasks.ts";
import { documentedWords } from "../../../../support/documentedWords.ts";
import { temporaryFolder } from "../../../../support/temporaryFolder.ts";

test("the decoder's mask holds the encoder's and twice as many tokens; a row is one text behind its [CLS]", async (context) => {
	const recipe = applyOverrides(starbucks.recipe, [
		"tokenizer.vocabularySize=400",
		"data.sequenceLength=32",
		"data.heldOutShare=0.2",
		"train.batchTokens=512",
	]);
	const folder = documentedWords(4, { words: 30, ofFunction: 3 }).write(join(temporaryFolder(context), "corpus"), 20);
	const corpus = await prepareCorpus(folder, recipe);
	const { cls, sep } = corpus.tokenizer.special;
	const steps = taskOf(recipe).steps(encoderOf(recipe, corpus.tokenizer), corpus);
	for (const parts of [1, 2]) {
		const feeds = steps.batch(3).feeds(0, parts);
		const numbers = (name: string) => Array.from(feeds[name]!.data as Int32Array | Float32Array);
		const masked = (prefix: string) => {
			const weights = numbers(`${prefix}weights`);
			return numbers(`${prefix}masked_positions`).filter((_, at) => weights[at]! > 0);
		};
		const [encoder, decoder] = [masked(""), masked("autoencoder.")];
		assert.ok(encoder.length > 0 && encoder.every((position) => decoder.includes(position)));
		assert.ok(Math.abs(decoder.length - 2 * encoder.length) <= 16 / parts, `${encoder.length} and ${decoder.length}`);
		const [ids, copy] = [numbers("input_ids"), numbers("autoencoder.input_ids")];
		const rows = 16 / parts;
		for (let row = 0; row < rows; row++) {
			assert.deepEqual([ids[row * 32], copy[row * 32]], [cls, cls]);
			const own = ids.slice(row * 32, (row + 1) * 32);
			assert.equal(own.filter((id) => id === sep).length, 1);
		}
		// What neither mask chose is the same in both copies.
		ids.forEach((id, at) => {
			if (!decoder.includes(at)) assert.equal(copy[at], id);
		});
	}
});
