import assert from "node:assert/strict";
import { test } from "node:test";
import { recipes } from "../../sidecar/recipes/recipes.ts";
import { readRecipeCard } from "../../sidecar/store/recipeCards.ts";
import { checks } from "./checks.ts";
import type { Arm, LearningCheck, Measurement } from "./learningCheck.ts";
import { reportCard } from "./reportCard.ts";

for (const check of checks) {
	test(`${check.recipe} trains beside its baseline and is scored`, { timeout: 240_000 }, async () => {
		const { recipe, baseline } = await check.measure({ seed: 7, scale: "smoke" });
		for (const arm of [recipe, baseline]) {
			assert.ok(Number.isFinite(arm.value));
			assert.ok(arm.tokens > 0 && arm.seconds > 0);
		}
	});
}

test("every check is of a recipe that ships, and every recipe with a page has one and says what was measured", () => {
	for (const { recipe } of checks) assert.ok(recipes.has(recipe), recipe);
	const checked = new Set(checks.map(({ recipe }) => recipe));
	for (const [name, { page }] of recipes) {
		if (page === undefined) continue;
		assert.ok(checked.has(name), `${name} has a page and no learning check`);
		const card = readRecipeCard(name);
		if (card !== undefined) assert.equal(card.recipe, name);
	}
});

test("every card is of the check as it stands, and its verdict follows from its seeds", () => {
	for (const one of checks) {
		const card = readRecipeCard(one.recipe);
		if (card === undefined) continue;
		const again = reportCard(
			one,
			card.seeds.map(({ seed, recipe, baseline }) => ({ seed, measurement: { recipe, baseline } })),
		);
		assert.deepEqual({ ...again, also: {} }, { ...card, also: {} });
	}
});

const check: LearningCheck = {
	recipe: "any",
	metric: "accuracy",
	better: "higher",
	baseline: "plain",
	margin: 0.02,
	claim: "",
	reproduced: { better: "yes", "no difference": "no", worse: "on the contrary" },
	measure: () => Promise.reject(new Error("not called")),
};

function measured(...pairs: readonly [number, number][]): { seed: number; measurement: Measurement }[] {
	const arm = (value: number): Arm => ({ value, tokens: 1, seconds: 1 });
	return pairs.map(([recipe, baseline], seed) => ({
		seed,
		measurement: { recipe: arm(recipe), baseline: arm(baseline), also: { recipe } },
	}));
}

test("a card says better or worse only where the mean is beyond the margin and two of three seeds agree", () => {
	const verdict = (...pairs: [number, number][]): string => reportCard(check, measured(...pairs)).verdict;
	assert.equal(verdict([0.6, 0.5], [0.6, 0.5], [0.5, 0.5]), "better");
	assert.equal(verdict([0.51, 0.5], [0.51, 0.5], [0.51, 0.5]), "no difference");
	assert.equal(verdict([0.9, 0.5], [0.49, 0.5], [0.49, 0.5]), "no difference");
	assert.equal(verdict([0.4, 0.5], [0.4, 0.5], [0.4, 0.5]), "worse");
	const lower = reportCard({ ...check, better: "lower" }, measured([0.4, 0.5], [0.4, 0.5], [0.4, 0.5]));
	assert.equal(lower.verdict, "better");
	assert.equal(lower.reproduced, "yes");
});

test("a card has the mean of paired differences with its interval by Student's t", () => {
	const { difference, also } = reportCard(check, measured([0.6, 0.5], [0.7, 0.5], [0.8, 0.5]));
	// Differences 0.1, 0.2, 0.3: mean 0.2, standard error 0.1 / sqrt(3), t(2) = 4.303.
	assert.ok(Math.abs(difference.mean - 0.2) < 1e-9);
	assert.ok(Math.abs(difference.high - (0.2 + (4.303 * 0.1) / Math.sqrt(3))) < 1e-9);
	assert.ok(Math.abs(also["recipe"]! - 0.7) < 1e-9);
});
