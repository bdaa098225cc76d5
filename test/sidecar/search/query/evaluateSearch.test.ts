import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readSearchPairs } from "../../../../sidecar/cli/searchPairs.ts";
import { evaluateSearch } from "../../../../sidecar/search/query/evaluateSearch.ts";
import { hashedVectors } from "../../../support/hashedVectors.ts";

const pairs = [
	{ name: "openSocket", docstring: "Open a socket.", code: "function openSocket(port) { return net.connect(port); }" },
	{ name: "add", docstring: "The sum of two numbers.", code: "function add(a, b) { return a + b; }" },
	{
		name: "transpose",
		docstring: "Transpose a matrix.",
		code: "function transpose(matrix) { return zip(...matrix); }",
	},
];

test("scores are those of the ranks: first, not at all, first", async () => {
	const { bm25, encoder, ...rest } = await evaluateSearch({ pairs, maskNames: false, weight: 0 });
	assert.deepEqual(rest, { queries: 3, pool: 3, weight: null, hybrid: null });
	assert.deepEqual(bm25, { mrr: 2 / 3, recall1: 2 / 3, recall5: 2 / 3, recall10: 2 / 3 });
	assert.equal(encoder, null);
});

test("masked names stand nowhere in the code", async () => {
	const seen: string[] = [];
	const embed = async (_kind: string, texts: readonly string[]): Promise<Float32Array> => {
		seen.push(...texts);
		return hashedVectors(texts, 64);
	};
	const { bm25 } = await evaluateSearch({ pairs, maskNames: true, embed, weight: 0.1 });
	assert.equal(bm25.recall1, 1 / 3); // the matrix alone
	assert.deepEqual(seen.slice(3), [
		"function (port) { return net.connect(port); }",
		"function (a, b) { return a + b; }",
		"function (matrix) { return zip(...matrix); }",
	]);
});

test("without weight the hybrid is BM25 with the encoder's order where words leave it even", async () => {
	const embed = async (_kind: string, texts: readonly string[]): Promise<Float32Array> => hashedVectors(texts, 64);
	const { bm25, hybrid } = await evaluateSearch({ pairs, maskNames: false, embed, weight: 0 });
	assert.ok(hybrid !== null && hybrid.recall1 >= bm25.recall1);
});

/** MRR of BM25 as the data's page has it, with names and without. */
const published = { python: [0.645, 0.48], ruby: [0.677, 0.556], php: [0.678, 0.502], typescript: [0.669, 0.578] };

test("BM25 reaches the published scores on real functions", async (t) => {
	const shared = process.env["MASKWRIGHT_SHARED"];
	if (shared === undefined) {
		t.skip("MASKWRIGHT_SHARED does not name the folder of large test data");
		return;
	}
	for (const [language, scores] of Object.entries(published)) {
		const data = await readSearchPairs(join(shared, "data", "codesearch", `${language}.jsonl`));
		for (const [place, maskNames] of [false, true].entries()) {
			const { bm25 } = await evaluateSearch({ pairs: data, maskNames, weight: 0 });
			assert.ok(bm25.mrr > scores[place]! - 0.01, `${language} ${maskNames} ${bm25.mrr}`);
		}
	}
});
