import assert from "node:assert/strict";
import { test } from "node:test";
import { listAt, listsOf, type TrainingPairs } from "../../../../../sidecar/train/tasks/codeSearch/columns.ts";
import { lexicalNegatives, modelNegatives } from "../../../../../sidecar/train/tasks/codeSearch/negatives.ts";

/** Documented functions as (language, query, code); the last is a comment. */
const rows: [language: number, query: number[], code: number[]][] = [
	[0, [1, 2, 3], [1, 2, 3, 3, 9, 10]], // 0
	[0, [4, 5], [1, 2, 4, 5, 11, 12]], // 1: shares two words with the query of 0
	[0, [6, 7], [1, 6, 7, 13, 14, 15]], // 2: one word
	[0, [8], [8, 16, 17, 18, 19, 20]], // 3: none
	[0, [1, 2, 3], [1, 2, 21, 22, 23, 24]], // 4: of the same query
	[0, [25], [1, 2, 3, 3, 9, 10]], // 5: the same code
	[1, [26], [1, 2, 3, 27, 28, 29]], // 6: another language
	[0, [30], [1, 2, 3, 31, 32, 33]], // 7: a comment
];
const pairs: TrainingPairs = {
	count: rows.length,
	kinds: Int32Array.from(rows, (_, pair) => (pair === 7 ? 2 : 0)),
	languages: Int32Array.from(rows, ([language]) => language),
	files: new Int32Array(rows.length),
	queries: listsOf(rows.map(([, query]) => query)),
	codes: listsOf(rows.map(([, , code]) => code)),
	nameless: listsOf(rows.map(() => [])),
	negatives: listsOf(rows.map(() => [])),
};

test("BM25 finds what shares the most words, of the same language and kind, and no copies", () => {
	const found = lexicalNegatives(pairs, { count: 3 });
	assert.deepEqual([...listAt(found, 0)], [1, 2]);
	assert.deepEqual([...listAt(lexicalNegatives(pairs, { count: 1 }), 0)], [1]);
	assert.deepEqual([...listAt(found, 3)], []);
	assert.deepEqual([...listAt(found, 7)], []);
});

test("a model finds what it takes for nearest, and what it takes for as good as the right one is left out", async () => {
	const angle: Readonly<Record<string, number>> = { 0: 0.2, 1: 0.5, 2: 0.9, 3: 1.5, 4: 0.1, 5: 0.3, 6: 0.3 };
	const place = (list: Int32Array, lists: typeof pairs.codes): number =>
		rows.findIndex((_, pair) => listAt(lists, pair).join() === list.join());
	const embed = async (kind: "query" | "code", lists: readonly Int32Array[]): Promise<Float32Array> =>
		Float32Array.from(
			lists.flatMap((list) => {
				const at = kind === "query" ? 0 : angle[place(list, pairs.codes)]!;
				return [Math.cos(at), Math.sin(at)];
			}),
		);
	const found = await modelNegatives(pairs, embed, { count: 2 });
	// Of 0 itself the cosine is cos 0.2 = 0.98: 1 with 0.88 is far enough from it; 4 and 5 are copies.
	assert.deepEqual([...listAt(found, 0)], [1, 2]);
	// For 1 (cos 0.5 = 0.88) the code of 0, 4 and 5 is nearer than its own.
	assert.deepEqual([...listAt(found, 1)], [2, 3]);
	assert.deepEqual([...listAt(found, 7)], []);
});
