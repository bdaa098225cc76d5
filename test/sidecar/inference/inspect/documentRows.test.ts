import assert from "node:assert/strict";
import { test } from "node:test";
import { packDocuments, padDocuments } from "../../../../sidecar/data/packing.ts";
import { type DocumentRows, findInRows, packAlone } from "../../../../sidecar/inference/inspect/documentRows.ts";

const special = { cls: 0, sep: 1, pad: 2 };
const packers = { isolated: packDocuments, padded: padDocuments } as const;

/** Documents of these lengths with tokens that stand nowhere else. */
function documents(...lengths: number[]): Int32Array[] {
	let next = 10;
	return lengths.map((length) => Int32Array.from({ length }, () => next++));
}

function readBack({ rows, row, column }: DocumentRows): number[] {
	return Array.from(row, (inRow, token) => rows.tokens[inRow * rows.sequenceLength + column[token]!]!);
}

for (const packing of ["isolated", "padded"] as const) {
	test(`a document alone in ${packing} rows is found at its places, however long it is`, () => {
		for (const length of [0, 1, 5, 6, 7, 8, 13, 30, 41]) {
			const [ids] = documents(length) as [Int32Array];
			const placed = packAlone(ids, { packing, sequenceLength: 8, special });
			assert.deepEqual(readBack(placed), [...ids], `${length} tokens`);
		}
	});

	test(`every document is found among the ${packing} rows of a run, and no other one`, () => {
		const all = documents(3, 0, 9, 20, 6, 12, 1, 25);
		const rows = packers[packing](all, { sequenceLength: 8, special });
		for (const ids of all.filter(({ length }) => length > 0)) {
			const placed = findInRows(rows, ids, { packing, special });
			assert.deepEqual(placed && readBack(placed), [...ids], `${ids.length} tokens`);
		}
		const [longer] = documents(4) as [Int32Array];
		assert.equal(findInRows(rows, longer, { packing, special }), undefined);
		assert.equal(findInRows(rows, all[3]!.subarray(0, 19), { packing, special }), undefined);
	});
}

test("a token that the last row repeats stands where it is first", () => {
	const [ids] = documents(11) as [Int32Array];
	const placed = packAlone(ids, { packing: "isolated", sequenceLength: 8, special });
	assert.equal(placed.rows.repeated, 3);
	assert.deepEqual([...placed.row], [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
	assert.deepEqual([...placed.column].slice(6), [7, 3, 4, 5, 6]);
});
