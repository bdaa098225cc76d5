import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createRandom } from "../../../sidecar/base/random.ts";
import { maskPackedRow } from "../../../sidecar/data/collate.ts";
import { loadCorpus, saveCorpus } from "../../../sidecar/train/corpusFile.ts";
import { prepareCorpus } from "../../../sidecar/train/prepare.ts";
import { tinyRecipe } from "../../support/tinyRun.ts";

test("The corpus of a run that masks by syntax is saved with the marks of its tokens, and gives the same masks again", async (t) => {
	const folder = mkdtempSync(join(tmpdir(), "maskwright-corpus-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const sources = join(folder, "sources");
	const run = join(folder, "run");
	for (const made of [sources, run]) mkdirSync(made);
	const random = createRandom(3);
	for (let file = 0; file < 30; file++) {
		const name = `value${random.below(9)}`;
		writeFileSync(
			join(sources, `part${file}.py`),
			`def part${file}(${name}):\n    result = ${name} + ${file}\n    return print(result)\n`,
		);
	}
	for (const strategy of ["syntax", "dataflow", "random"]) {
		const recipe = tinyRecipe(`masking.strategies=[{"name":"${strategy}"}]`);
		const corpus = await prepareCorpus(sources, recipe);
		saveCorpus(run, corpus);
		const again = loadCorpus(run);
		assert.deepEqual(again.train, corpus.train);
		assert.deepEqual(again.heldOut, corpus.heldOut);
		assert.equal(
			again.train.marks?.some((mark) => mark !== 0),
			strategy === "random" ? undefined : true,
		);
		assert.ok("masking" in recipe);
		const { masking } = recipe;
		const options = { masking, pieces: corpus.pieces, maskId: corpus.tokenizer.special.mask, seed: 1, epoch: 0 };
		assert.deepEqual(maskPackedRow(again.train, 1, options), maskPackedRow(corpus.train, 1, options));
	}
});
