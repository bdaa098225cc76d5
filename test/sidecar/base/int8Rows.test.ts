import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fitsInt8, fromInt8Rows, toInt8Rows } from "../../../sidecar/base/int8Rows.ts";

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) });
const matrix = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 })).chain(([rows, columns]) => {
	const length = rows * columns;
	const numbers = fc.oneof(fc.float({ min: -4, max: 4, noNaN: true }), fc.constant(0), finite);
	return fc.tuple(fc.constant(rows), fc.array(numbers, { minLength: length, maxLength: length }));
});

test("matrices have 8 bits, embeddings among them; vectors and small matrices keep theirs", () => {
	const shapes = [[12288, 256], [256, 256], [64, 64], [512], [2, 768], [1, 8192], [1024, 16], [4, 32, 32], []];
	assert.deepEqual(shapes.map(fitsInt8), [true, true, true, false, false, true, false, false, false]);
});

test("a row reaches from -127 to 127 by a scale of its own", () => {
	const { values, scales } = toInt8Rows(Float32Array.of(127, -63.5, 0.4, 0.6, -2, 2, 1.1, 0), 2);
	assert.deepEqual([...values], [127, -63, 0, 1, -127, 127, 70, 0]);
	assert.equal(scales[0], 1);
	assert.ok(Math.abs(scales[1]! - 2 / 127) < 2 ** -16 * (2 / 127));
});

test("no element is off by more than half a step, and nothing is lost the second time", () => {
	fc.assert(
		fc.property(matrix, ([rows, numbers]) => {
			const data = Float32Array.from(numbers);
			const made = toInt8Rows(data, rows);
			const back = fromInt8Rows(made);
			const columns = data.length / rows;
			for (const [at, value] of data.entries()) {
				const step = made.scales[Math.floor(at / columns)]!;
				const room = Math.max(step / 2, 2 ** -100) * (1 + 2 ** -20);
				assert.ok(Math.abs(back[at]! - value) <= room, `${value} became ${back[at]} at a step of ${step}`);
				assert.equal(back[at], made.values[at]! * step, "the product is not exact in float32");
			}
			assert.deepEqual(toInt8Rows(back, rows), made);
		}),
		{ numRuns: 500 },
	);
});
