import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Smoothing, weightAt } from "../../../webview/lossCurves/smoothing.ts";
import { Column } from "../../../webview/ui/column.ts";

const weight = fc.double({ min: 0, max: 0.999, noNaN: true });
// Without the negative zero, which is equal to zero and not the same.
const value = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((one) => one + 0);

function smoothed(values: readonly number[], past: number): number[] {
	const column = new Column();
	for (const one of values) column.push(one);
	const smoothing = new Smoothing(past);
	smoothing.follow(column);
	return [...smoothing.smoothed.view()];
}

/** The textbook form: an exponential mean that begins at zero, divided by the weight that it has gathered. */
function reference(values: readonly number[], past: number): number[] {
	let mean = 0;
	return values.map((one, index) => {
		mean = past * mean + (1 - past) * one;
		return mean / (1 - past ** (index + 1));
	});
}

test("smoothing equals the exponential mean with its bias taken away", () => {
	fc.assert(
		fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), weight, (values, past) => {
			const expected = reference(values, past);
			const size = Math.max(1, ...values.map(Math.abs));
			smoothed(values, past).forEach((one, index) => {
				assert.ok(Math.abs(one - expected[index]!) <= 1e-8 * size, `${one} is not ${expected[index]} at ${index}`);
			});
		}),
	);
});

test("a constant stays exactly that constant, whatever the weight", () => {
	fc.assert(
		fc.property(value, weight, fc.integer({ min: 1, max: 500 }), (constant, past, length) => {
			const values = new Array<number>(length).fill(constant);
			assert.deepEqual(smoothed(values, past), values);
		}),
	);
});

test("a value that is not finite is a gap and does not move the mean", () => {
	const [a, b] = [smoothed([1, 2, Number.NaN, 4, Number.POSITIVE_INFINITY, 3], 0.9), smoothed([1, 2, 4, 3], 0.9)];
	assert.deepEqual(a, [b[0], b[1], Number.NaN, b[2], Number.NaN, b[3]]);
});

test("values that come later continue the line as if all had come at once", () => {
	const column = new Column();
	const smoothing = new Smoothing(0.95);
	const values = Array.from({ length: 3000 }, (_, index) => Math.sin(index));
	for (const one of values) {
		column.push(one);
		smoothing.follow(column);
	}
	assert.deepEqual([...smoothing.smoothed.view()], smoothed(values, 0.95));
});

test("without weight of the past the values stay as they are", () => {
	assert.deepEqual(smoothed([3, 1, 2], weightAt(0)), [3, 1, 2]);
	assert.ok(weightAt(100) < 1);
});
