import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { largest } from "../../../../sidecar/search/query/vectorMatrix.ts";

test("the largest values are those that sorting gives, whatever is let through", () => {
	const values = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 60 });
	fc.assert(
		fc.property(values, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 4 }), (some, count, step) => {
			const allowed = (place: number): boolean => place % step === 0;
			const expected = some
				.map((value, place) => ({ value, place }))
				.filter(({ place }) => allowed(place))
				.sort((a, b) => b.value - a.value || a.place - b.place)
				.slice(0, count)
				.map(({ place }) => place);
			assert.deepEqual(largest(Float32Array.from(some), count, allowed), expected);
		}),
	);
});
