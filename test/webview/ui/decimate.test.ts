import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decimate, nearestIndex, type Viewport } from "../../../webview/ui/decimate.ts";

/** Ascending places with a value each, some of them not finite, and a part of them that is seen. */
const curve = fc
	.array(
		fc.record({
			gap: fc.double({ min: 0.001, max: 3, noNaN: true }),
			value: fc.oneof(
				{ weight: 9, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
				{ weight: 1, arbitrary: fc.constant(Number.NaN) },
			),
		}),
		{ minLength: 1, maxLength: 400 },
	)
	.map((points) => {
		let place = 0;
		const x = Float64Array.from(points, ({ gap }) => (place += gap));
		return { x, y: Float64Array.from(points, ({ value }) => value) };
	});
const seen = fc.record({
	from: fc.double({ min: 0, max: 200, noNaN: true }),
	width: fc.double({ min: 1, max: 600, noNaN: true }),
	columns: fc.integer({ min: 1, max: 60 }),
});

interface Case {
	readonly x: Float64Array;
	readonly y: Float64Array;
	readonly viewport: Viewport;
}

function forAll(law: (of: Case) => void): void {
	fc.assert(
		fc.property(curve, seen, ({ x, y }, { from, width, columns }) => {
			law({ x, y, viewport: { from, to: from + width, columns } });
		}),
		{ numRuns: 300 },
	);
}

function columnOf(place: number, { from, to, columns }: Viewport): number {
	return Math.floor((place - from) / ((to - from) / columns));
}

/** Least and greatest finite value of each pixel column, by column. */
function extremes(
	points: Iterable<readonly [number, number | null]>,
	viewport: Viewport,
): Map<number, readonly [number, number]> {
	const found = new Map<number, readonly [number, number]>();
	for (const [place, value] of points) {
		if (value === null || !Number.isFinite(value) || place < viewport.from || place > viewport.to) continue;
		const [low, high] = found.get(columnOf(place, viewport)) ?? [value, value];
		found.set(columnOf(place, viewport), [Math.min(low, value), Math.max(high, value)]);
	}
	return found;
}

test("thinning keeps the least and the greatest value of every pixel column that is seen", () => {
	forAll(({ x, y, viewport }) => {
		const kept = decimate(x, y, viewport);
		const pairs = (places: ArrayLike<number>, values: ArrayLike<number | null>) =>
			Array.from(places, (place, index) => [place, values[index] ?? null] as const);
		assert.deepEqual(extremes(pairs(kept.x, kept.y), viewport), extremes(pairs(x, y), viewport));
	});
});

test("what stays is of the curve, in its order, and few for each column", () => {
	forAll(({ x, y, viewport }) => {
		const kept = decimate(x, y, viewport);
		kept.x.forEach((place, index) => {
			const original = y[x.indexOf(place)]!;
			assert.equal(kept.y[index], Number.isFinite(original) ? original : null);
			assert.ok(index === 0 || place > kept.x[index - 1]!);
		});
		assert.ok(kept.x.length <= 9 * (viewport.columns + 3), `${kept.x.length} points on ${viewport.columns} columns`);
	});
});

test("a gap stays a gap, and no gap comes where there was none", () => {
	forAll(({ x, y, viewport }) => {
		const kept = decimate(x, y, viewport);
		let last = -1;
		let gap = false;
		kept.x.forEach((place, index) => {
			if (kept.y[index] === null) {
				gap = true;
				return;
			}
			const row = x.indexOf(place);
			if (last >= 0)
				assert.equal(
					gap,
					y.slice(last, row).some((value) => !Number.isFinite(value)),
				);
			last = row;
			gap = false;
		});
	});
});

test("lines reach the edges: a point beyond each edge stays", () => {
	const x = Float64Array.from({ length: 100 }, (_, index) => index);
	const kept = decimate(x, x, { from: 40.5, to: 60.5, columns: 10 });
	assert.equal(kept.x[0], 40);
	assert.equal(kept.x.at(-1), 61);
});

test("zero and below are gaps where the scale is logarithmic", () => {
	const kept = decimate(Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 0, -1, 2), {
		from: 1,
		to: 4,
		columns: 100,
		positiveOnly: true,
	});
	assert.deepEqual(kept, { x: [1, 2, 4], y: [1, null, 2] });
});

test("a hundred thousand points on a thousand pixels become some thousands", () => {
	const x = Float64Array.from({ length: 100_000 }, (_, index) => index + 1);
	const y = x.map((step) => Math.sin(step * 12.9898) * 43758.5453);
	const kept = decimate(x, y, { from: 0, to: 100_000, columns: 1000 });
	assert.ok(kept.x.length > 2000 && kept.x.length <= 4004, String(kept.x.length));
});

test("the nearest place is the one with the least distance", () => {
	fc.assert(
		fc.property(curve, fc.double({ min: -10, max: 700, noNaN: true }), ({ x }, wanted) => {
			const distance = Math.abs(x[nearestIndex(x, wanted)]! - wanted);
			assert.equal(distance, Math.min(...x.map((place) => Math.abs(place - wanted))));
		}),
	);
	assert.equal(nearestIndex(new Float64Array(), 1), -1);
});
