import assert from "node:assert/strict";

/** Asserts that no element is off by more than `tolerance` times the largest expected size (1 at least). */
export function closeTo(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
	assert.equal(actual.length, expected.length);
	const largest = Array.from(expected).reduce((top, value) => Math.max(top, Math.abs(value)), 1);
	let worst = 0;
	for (let i = 1; i < expected.length; i++) {
		if (!(Math.abs(actual[i]! - expected[i]!) <= Math.abs(actual[worst]! - expected[worst]!))) worst = i;
	}
	const error = Math.abs(actual[worst]! - expected[worst]!) / largest;
	assert.ok(error <= tolerance, `element ${worst} is ${actual[worst]} instead of ${expected[worst]}: off by ${error}`);
}
