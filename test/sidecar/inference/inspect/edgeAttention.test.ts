import assert from "node:assert/strict";
import { test } from "node:test";
import { dataflowIn } from "../../../../sidecar/inference/inspect/dataflowEdges.ts";
import { headShares, pairMatrix, tokenPairs } from "../../../../sidecar/inference/inspect/edgeAttention.ts";
import { inspectedRow } from "../../../../sidecar/inference/inspect/textTokens.ts";
import { inspectedConfigs, inspectedModel, inspectedText } from "../../../support/inspectedModel.ts";

const config = inspectedConfigs["ModernBERT"]!;

test("edges join places of the text that bear the name, comments and a mark before the text notwithstanding", async () => {
	const text = `\uFEFF# a 😀 comment\n${inspectedText.replace("    base", "    # size\n    base")}`;
	const flow = await dataflowIn(text, { start: 0, end: text.length }, "a.py");
	assert.ok("edges" in flow && flow.edges.length > 8);
	for (const { from, name, relation, to } of flow.edges) {
		assert.equal(text.slice(from.start, from.end), name);
		if (relation === "comesFrom") assert.equal(text.slice(to.start, to.end), name);
	}
	const start = text.indexOf("def volume");
	const part = await dataflowIn(text, { start, end: text.length }, "a.py");
	const inside = flow.edges.filter(({ from, to }) => from.start >= start && to.start >= start);
	assert.deepEqual("edges" in part && part.edges, inside);
	assert.ok(inside.length > 0 && inside.length < flow.edges.length);
});

test("each token of a use is joined to each of its source, and no special token is", async () => {
	const { tokenizer } = inspectedModel(config);
	const row = inspectedRow(tokenizer, inspectedText, { range: undefined, longest: 128 });
	const edge = {
		from: { start: inspectedText.indexOf("size\n"), end: inspectedText.indexOf("size\n") + 4 },
		to: { start: inspectedText.indexOf("size"), end: inspectedText.indexOf("size") + 4 },
		relation: "comesFrom" as const,
		name: "size",
	};
	const tokensAt = ({ start, end }: { start: number; end: number }) =>
		[...row.ids.keys()].filter((at) => !row.special[at] && row.starts[at]! < end && row.ends[at]! > start);
	const pairs = tokenPairs(row, [edge], "toSource");
	assert.deepEqual(
		[...pairs],
		tokensAt(edge.from).map((use) => [use, new Set(tokensAt(edge.to))]),
	);
	const back = tokenPairs(row, [edge], "fromSource");
	assert.deepEqual(
		[...back],
		tokensAt(edge.to).map((source) => [source, new Set(tokensAt(edge.from))]),
	);
	const matrix = pairMatrix(pairs, 64);
	assert.equal(
		matrix.reduce((sum, one) => sum + one, 0),
		tokensAt(edge.from).length * tokensAt(edge.to).length,
	);
	assert.equal(matrix[tokensAt(edge.from)[0]! * 64 + tokensAt(edge.to)[0]!], 1);
});

test("chance is that of what a token can see: a local layer sees its window alone", () => {
	const pairs = new Map([
		[10, new Set([7, 30])],
		[1, new Set([0])],
	]);
	const sums = [Float32Array.of(0.4, 1.2), Float32Array.of(0.2, 0), Float32Array.of(1, 2)];
	const shares = headShares(config, pairs, { sums, tokens: 40 });
	const whole = (2 / 40 + 1 / 40) / 2;
	const local = (1 / 9 + 1 / 6) / 2; // 10 sees 6 to 14, where 30 is not; 1 sees 0 to 5
	const expected = [
		{ layer: 2, head: 1, share: 1, chance: whole },
		{ layer: 0, head: 1, share: 0.6, chance: whole },
		{ layer: 2, head: 0, share: 0.5, chance: whole },
		{ layer: 0, head: 0, share: 0.2, chance: whole },
		{ layer: 1, head: 0, share: 0.1, chance: local },
		{ layer: 1, head: 1, share: 0, chance: local },
	];
	shares.forEach((share, at) => {
		const { chance, share: told, ...which } = expected[at]!;
		assert.deepEqual([share.layer, share.head], [which.layer, which.head]);
		assert.ok(Math.abs(share.share - told) < 1e-6 && Math.abs(share.chance - chance) < 1e-12);
		assert.ok(Math.abs(share.lift! - told / chance) < 1e-4);
	});
	const unseen = headShares(config, new Map([[10, new Set([30])]]), { sums, tokens: 40 });
	assert.equal(unseen.find(({ layer }) => layer === 1)!.lift, null);
	assert.deepEqual(headShares(config, new Map(), { sums, tokens: 40 }), []);
});
