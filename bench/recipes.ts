/**
 * Trains every recipe that is a paper's beside its baseline, three seeds in pairs, and writes the report cards that the
 * gallery shows.
 *
 *   npm run recipes -- [NAME...] [--seeds 3] [--smoke]
 *
 * One thread each; two calls with different names may run side by side. With --smoke nothing is written.
 */
import { parseArgs } from "node:util";
import { writeRecipeCard } from "../sidecar/store/recipeCards.ts";
import { checks } from "../test/recipes/checks.ts";
import type { LearningCheck } from "../test/recipes/learningCheck.ts";
import { reportCard } from "../test/recipes/reportCard.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { seeds: { type: "string", default: "3" }, smoke: { type: "boolean", default: false } },
});
const names = new Set(checks.map(({ recipe }) => recipe));
for (const name of positionals) {
	if (!names.has(name))
		throw new Error(`There is no learning check of ${name}. Name some of ${[...names].join(", ")}.`);
}
console.log(`| recipe | metric | recipe | baseline | difference (95%) | verdict | seconds |\n|${" --- |".repeat(7)}`);
for (const check of checks) {
	if (positionals.length === 0 || positionals.includes(check.recipe)) await report(check);
}

async function report(check: LearningCheck): Promise<void> {
	const began = performance.now();
	const measured = [];
	for (let seed = 1; seed <= Number(values.seeds); seed++) {
		measured.push({ seed, measurement: await check.measure({ seed, scale: values.smoke ? "smoke" : "full" }) });
	}
	const card = reportCard(check, measured);
	if (!values.smoke) writeRecipeCard(card);
	const mean = (arm: "recipe" | "baseline"): string =>
		(card.seeds.reduce((sum, seed) => sum + seed[arm].value, 0) / card.seeds.length).toFixed(4);
	const { mean: gain, low, high } = card.difference;
	const cells = [
		card.recipe,
		card.metric,
		mean("recipe"),
		mean("baseline"),
		`${gain.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`,
		card.verdict,
		((performance.now() - began) / 1000).toFixed(0),
	];
	console.log(`| ${cells.join(" | ")} |`);
	for (const [name, value] of Object.entries(card.also))
		console.log(`|  | ${name} | ${value.toFixed(4)} |  |  |  |  |`);
}
