import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	type PackedRows,
	packDocuments,
	padDocuments,
	rowOrder,
	segmentPositions,
} from "../../../sidecar/data/packing.ts";
import { randomRows, special } from "./fixtures.ts";

const documents = fc.array(
	fc.array(fc.integer({ min: 5, max: 99 }), { maxLength: 60 }).map((ids) => Int32Array.from(ids)),
	{ minLength: 1, maxLength: 30 },
);

/** The stream of a packing: every token once, rows end to end, without padding and what the last row repeats. */
function stream(rows: PackedRows): number[] {
	const { tokens, segments, sequenceLength, count, repeated } = rows;
	const start = (count - 1) * sequenceLength;
	return Array.from(tokens).filter((_, at) => segments[at]! >= 0 && !(at >= start && at < start + repeated));
}

const wrapped = (ids: readonly Int32Array[]): number[] =>
	ids.flatMap((document) => [special.cls, ...document, special.sep]);

test("Packing keeps every token of every document, in order, between its marks", () => {
	fc.assert(
		fc.property(documents, fc.integer({ min: 2, max: 40 }), (ids, sequenceLength) => {
			assert.deepEqual(stream(packDocuments(ids, { sequenceLength, special })), wrapped(ids));
		}),
	);
});

test("Packing numbers the documents of a row from 0, and a new number stands exactly where a document begins", () => {
	fc.assert(
		fc.property(documents, fc.integer({ min: 2, max: 40 }), (ids, sequenceLength) => {
			const rows = packDocuments(ids, { sequenceLength, special });
			for (let at = 0; at < rows.tokens.length; at++) {
				if (at % sequenceLength === 0) assert.equal(rows.segments[at], 0);
				else if (rows.segments[at]! >= 0) {
					const begins = rows.tokens[at] === special.cls;
					assert.equal(rows.segments[at], rows.segments[at - 1]! + (begins ? 1 : 0));
				}
			}
		}),
	);
});

test("Packing wastes at most 2% unless all the text is shorter than one row, and counts what it wastes", () => {
	fc.assert(
		fc.property(documents, fc.integer({ min: 2, max: 40 }), (ids, sequenceLength) => {
			const rows = packDocuments(ids, { sequenceLength, special });
			assert.equal(rows.wasted, rows.segments.filter((segment) => segment < 0).length);
			if (rows.count > 1) assert.ok(rows.wasted <= 0.02 * rows.tokens.length);
			assert.ok(rows.repeated < sequenceLength);
			assert.equal(rows.tokens.length, wrapped(ids).length + rows.wasted + rows.repeated);
		}),
	);
});

test("A large packing pads its last row and repeats nothing", () => {
	const rows = randomRows(100_000);
	assert.equal(rows.repeated, 0);
	assert.ok(rows.wasted < 128 && rows.wasted / rows.tokens.length < 0.002);
});

test("Padding gives each piece of a document a row of its own", () => {
	const ids = [Int32Array.of(5, 6, 7, 8, 9), Int32Array.of(), Int32Array.of(5)];
	const rows = padDocuments(ids, { sequenceLength: 6, special });
	assert.deepEqual(Array.from(rows.tokens), [
		...[0, 5, 6, 7, 8, 2],
		...[0, 9, 2, 1, 1, 1],
		...[0, 2, 1, 1, 1, 1],
		...[0, 5, 2, 1, 1, 1],
	]);
	assert.equal(rows.wasted, 10);
	assert.equal(rows.wasted, rows.segments.filter((segment) => segment < 0).length);
});

test("Positions restart with every document and are 0 on padding", () => {
	assert.deepEqual(Array.from(segmentPositions(Int32Array.of(0, 0, 0, 1, 1, 2, -1, -1))), [0, 1, 2, 0, 1, 0, 0, 0]);
});

test("The order of rows is a permutation of all rows, another one in every epoch and for every seed", () => {
	fc.assert(
		fc.property(fc.integer({ min: 0, max: 500 }), fc.nat(), fc.nat({ max: 50 }), (count, seed, epoch) => {
			const order = rowOrder(count, seed, epoch);
			assert.deepEqual(
				Array.from(order).sort((a, b) => a - b),
				Array.from({ length: count }, (_, row) => row),
			);
		}),
	);
	const orders = [rowOrder(1000, 1, 0), rowOrder(1000, 1, 1), rowOrder(1000, 2, 0)].map(String);
	assert.equal(new Set(orders).size, 3);
	assert.equal(String(rowOrder(1000, 1, 1)), orders[1]);
});

test("The order of rows brings rows from all over the corpus together", () => {
	const order = rowOrder(10_000, 3, 0);
	let distance = 0;
	for (let at = 1; at < order.length; at++) distance += Math.abs(order[at]! - order[at - 1]!);
	// Two uniform draws from 0..n-1 lie n/3 apart on average.
	assert.ok(Math.abs(distance / order.length / 10_000 - 1 / 3) < 0.02);
});
