import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FoundChunk } from "../../../../sidecar/search/query/foundChunks.ts";
import { type Candidates, rank } from "../../../../sidecar/search/query/ranking.ts";

const chunk = (id: number): FoundChunk => ({
	id,
	hash: `h${id}`,
	kind: "function",
	symbol: `f${id}`,
	start: 0,
	end: 1,
	startLine: 1,
	endLine: 1,
	path: `${id}.ts`,
	language: "typescript",
	fileHash: "f",
});

/** Chunks 0 to `count` - 1, by words in that order. */
const ordered = (count: number, more: Partial<Candidates> = {}): Candidates => ({
	chunks: Array.from({ length: count }, (_, id) => chunk(id)),
	lexical: Array.from({ length: count }, (_, id) => ({ id, score: count - id })),
	vectorRanks: new Map(),
	cosineOf: () => undefined,
	spread: { mean: 0, deviation: 0 },
	weight: 0.25,
	named: [],
	mentioned: [],
	...more,
});

const ids = (candidates: Candidates): number[] => rank(candidates).map((one) => one.chunk.id);

test("the name that a query is comes first, letter by letter before any case", () => {
	const named = [
		{ id: 5, tier: 1 as const },
		{ id: 8, tier: 0 as const },
	];
	assert.deepEqual(ids(ordered(10, { named })).slice(0, 3), [8, 5, 0]);
});

test("a name within a query stands third at the lowest, and the rest keeps its order", () => {
	assert.deepEqual(ids(ordered(6, { mentioned: [5] })), [0, 1, 5, 2, 3, 4]);
	assert.deepEqual(ids(ordered(6, { mentioned: [5, 4] })), [0, 5, 4, 1, 2, 3]);
	assert.deepEqual(ids(ordered(6, { mentioned: [1, 5] })), [0, 1, 5, 2, 3, 4], "one that stands there stays");
	assert.deepEqual(ids(ordered(6, { mentioned: [0] })), [0, 1, 2, 3, 4, 5]);
});

test("whatever is named: every candidate once, up to three names among the first three", () => {
	const places = fc.uniqueArray(fc.nat(19), { maxLength: 3 });
	fc.assert(
		fc.property(places, (mentioned) => {
			const found = ids(ordered(20, { mentioned }));
			assert.deepEqual(
				[...found].sort((a, b) => a - b),
				Array.from({ length: 20 }, (_, id) => id),
			);
			for (const id of mentioned) assert.ok(found.indexOf(id) < 3, `${id} of ${mentioned} in ${found}`);
		}),
	);
});

test("vectors count by their distance from the mean of the query, in deviations", () => {
	const cosineOf = (hash: string) => (hash === "h2" ? 0.9 : 0.1);
	const near = ordered(3, { cosineOf, spread: { mean: 0.1, deviation: 0.2 } });
	assert.deepEqual(ids(near), [2, 0, 1]); // 1/3 + 0.25 * 4 beside 1
	assert.deepEqual(ids({ ...near, weight: 0 }), [0, 1, 2]);
});
