import assert from "node:assert/strict";
import { test } from "node:test";
import { type CollateOptions, collate, maskedCapacity } from "../../../sidecar/data/collate.ts";
import { evaluationMasking, evaluationSeed, maskingSchema } from "../../../sidecar/data/masking/config.ts";
import { isSpecial } from "../../../sidecar/data/pieces.ts";
import { pieces, randomRows, special } from "./fixtures.ts";

const rows = randomRows(20_000, 64);
const options: CollateOptions = {
	masking: maskingSchema.parse({ rate: 0.3 }),
	pieces,
	maskId: special.mask,
	padId: special.pad,
	seed: 5,
	epoch: 2,
};

test("A batch holds its rows, masked, with the true tokens as labels and weights of 1/n", () => {
	const indices = [3, 11, 0, rows.count - 1];
	const batch = collate(rows, indices, options);
	assert.equal(batch.inputIds.length, 4 * 64);
	const chosen = batch.maskedPositions.subarray(0, batch.maskedCount);
	assert.ok(chosen.every((at, index) => index === 0 || at > chosen[index - 1]!));
	const restored = batch.inputIds.slice();
	chosen.forEach((at, index) => {
		restored[at] = batch.labels[index]!;
	});
	indices.forEach((row, slot) => {
		assert.deepEqual(restored.subarray(slot * 64, slot * 64 + 64), rows.tokens.subarray(row * 64, row * 64 + 64));
		assert.deepEqual(
			batch.segments.subarray(slot * 64, slot * 64 + 64),
			rows.segments.subarray(row * 64, row * 64 + 64),
		);
	});
	for (const label of batch.labels.subarray(0, batch.maskedCount)) assert.ok(!isSpecial(pieces, label));
	assert.equal(batch.weights.length, maskedCapacity(4, 64, options.masking));
	batch.weights.forEach((weight, index) => {
		assert.equal(weight, index < batch.maskedCount ? Math.fround(1 / batch.maskedCount) : 0);
	});
	for (const array of [batch.labels, batch.maskedPositions]) {
		assert.ok(array.subarray(batch.maskedCount).every((value) => value === 0));
	}
});

test("All batches of one shape have the same number of places for masks, and it always suffices", () => {
	const capacity = maskedCapacity(8, 64, options.masking);
	assert.equal(capacity % 8, 0);
	for (let start = 0; start + 8 <= rows.count; start += 8) {
		const batch = collate(
			rows,
			[0, 1, 2, 3, 4, 5, 6, 7].map((at) => start + at),
			options,
		);
		assert.equal(batch.maskedPositions.length, capacity);
		assert.ok(batch.maskedCount <= capacity);
	}
});

test("A batch is a function of seed, epoch and rows: a row has the same masks wherever it stands", () => {
	const one = collate(rows, [4, 9], options);
	assert.deepEqual(collate(rows, [4, 9], options), one);
	const other = collate(rows, [7, 9], options);
	assert.deepEqual(other.inputIds.subarray(64), one.inputIds.subarray(64));
	assert.notDeepEqual(collate(rows, [4, 9], { ...options, epoch: 3 }).inputIds, one.inputIds);
	assert.notDeepEqual(collate(rows, [4, 9], { ...options, seed: 6 }).inputIds, one.inputIds);
});

test("A row numbered -1 is padding without masks", () => {
	const batch = collate(rows, [4, -1], options);
	const alone = collate(rows, [4], options);
	assert.ok(batch.inputIds.subarray(64).every((id) => id === special.pad));
	assert.ok(batch.segments.subarray(64).every((segment) => segment === -1));
	assert.equal(batch.maskedCount, alone.maskedCount);
	assert.deepEqual(batch.labels.subarray(0, alone.maskedCount), alone.labels.subarray(0, alone.maskedCount));
	const none = collate(rows, [-1], options);
	assert.ok(none.maskedCount === 0 && none.tokenCount === 0 && none.weights.every((weight) => weight === 0));
});

test("Evaluation masks 15% of the ordinary tokens of a row, all by the mask token", () => {
	const batch = collate(rows, [1, 2, 3], { ...options, masking: evaluationMasking, seed: evaluationSeed, epoch: 0 });
	for (const at of batch.maskedPositions.subarray(0, batch.maskedCount)) assert.equal(batch.inputIds[at], special.mask);
	assert.equal(batch.inputIds.filter((id) => id === special.mask).length, batch.maskedCount);
});
