import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { learningRateFactor, scheduleSchema } from "../../../sidecar/optim/schedules.ts";

const kinds = ["constant", "linear", "cosine", "warmupStableDecay"] as const;

function factors(schedule: object, fractions: readonly number[]): number[] {
	const parsed = scheduleSchema.parse(schedule);
	return fractions.map((fraction) => {
		const factor = learningRateFactor(parsed, { step: 1000 * fraction, fraction });
		return Math.round(factor * 1e6) / 1e6;
	});
}

test("Each schedule has its shape after the warm-up", () => {
	const at = [0.25, 0.5, 0.8, 0.85, 0.95, 1];
	const none = { warmupSteps: 0 };
	assert.deepEqual(factors({ kind: "constant", ...none }, at), [1, 1, 1, 1, 1, 1]);
	assert.deepEqual(factors({ kind: "linear", ...none }, at), [0.75, 0.5, 0.2, 0.15, 0.05, 0]);
	assert.deepEqual(factors({ kind: "cosine", ...none }, [0.25, 0.5, 1]), [0.853553, 0.5, 0]);
	assert.deepEqual(factors({ kind: "warmupStableDecay", ...none }, at), [1, 1, 1, 0.5, 0.133975, 0]);
	const line = { kind: "warmupStableDecay", shape: "linear", decay: 0.5, floor: 0.1, ...none };
	assert.deepEqual(factors(line, [0.4, 0.5, 0.75, 1]), [1, 1, 0.55, 0.1]);
});

test("The warm-up grows by the step and takes no step at a rate of zero", () => {
	const schedule = scheduleSchema.parse({ kind: "constant", warmupSteps: 4 });
	const warm = [0, 1, 2, 3, 4].map((step) => learningRateFactor(schedule, { step, fraction: 0 }));
	assert.deepEqual(warm, [0.25, 0.5, 0.75, 1, 1]);
});

test("After the warm-up no schedule rises, leaves [floor, 1] or jumps", () => {
	fc.assert(
		fc.property(
			fc.constantFrom(...kinds),
			fc.double({ min: 0, max: 1, noNaN: true }),
			fc.double({ min: 0, max: 1, noNaN: true }),
			(kind, floor, fraction) => {
				const schedule = scheduleSchema.parse({ kind, floor });
				const here = learningRateFactor(schedule, { step: 100, fraction });
				const later = learningRateFactor(schedule, { step: 101, fraction: fraction + 1e-6 });
				assert.ok(here <= 1 && later >= floor - 1e-12 && later <= here && here - later < 5e-3);
			},
		),
	);
});

test("A schedule rejects unknown keys", () => {
	assert.equal(scheduleSchema.safeParse({ kind: "linear", warmup: 10 }).success, false);
	assert.equal(scheduleSchema.safeParse({ kind: "linear", decay: 0.2 }).success, false);
});
