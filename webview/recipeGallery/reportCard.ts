import type { RecipeCard } from "../../sidecar/protocol/recipeCards.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { intervalPicture } from "./intervalPicture.ts";
import { verdictMark } from "./verdict.ts";

type Arm = RecipeCard["seeds"][number]["recipe"];

/** What was measured of a recipe: seed by seed beside its baseline, the mean difference, and what it says of the paper. */
export function reportCard(card: RecipeCard | null): Element[] {
	if (card === null) return [element("p", { class: "note" }, t("It was not measured beside a baseline."))];
	const { mean, low, high } = card.difference;
	const direction = card.better === "higher" ? t("higher is better") : t("lower is better");
	const further = Object.entries(card.also);
	return [
		element("p", {}, verdictMark(card), `: ${t("{0} ({1}), beside {2}.", card.metric, direction, card.baseline)}`),
		intervalPicture(card),
		element(
			"p",
			{ class: "note" },
			t(
				"Positive is better. Mean difference {0}, 95% interval {1} to {2}; a mean below {3} does not count.",
				number(mean),
				number(low),
				number(high),
				number(card.margin),
			),
		),
		seedTable(card),
		...(further.length === 0 ? [] : [furtherTable(further)]),
		element("h3", {}, t("The paper's claim")),
		element("p", {}, card.claim),
		element("h3", {}, t("Here")),
		element("p", {}, card.reproduced),
	];
}

function seedTable(card: RecipeCard): HTMLElement {
	const head = [t("seed"), card.recipe, t("baseline"), t("tokens, recipe / baseline"), t("seconds, recipe / baseline")];
	const pair = (recipe: Arm, baseline: Arm, key: "tokens" | "seconds") =>
		`${recipe[key].toLocaleString(undefined, { maximumFractionDigits: 0 })} / ${baseline[key].toLocaleString(undefined, { maximumFractionDigits: 0 })}`;
	const rows = card.seeds.map(({ seed, recipe, baseline }) =>
		element(
			"tr",
			{},
			element("th", { scope: "row" }, String(seed)),
			...[
				number(recipe.value),
				number(baseline.value),
				pair(recipe, baseline, "tokens"),
				pair(recipe, baseline, "seconds"),
			].map((cell) => element("td", {}, cell)),
		),
	);
	return element(
		"table",
		{ class: "grid" },
		element("caption", {}, t("{0}, seed by seed", card.metric)),
		element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
		element("tbody", {}, ...rows),
	);
}

function furtherTable(further: readonly (readonly [string, number])[]): HTMLElement {
	const rows = further.map(([name, value]) =>
		element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, number(value))),
	);
	return element(
		"table",
		{ class: "grid" },
		element("caption", {}, t("Means of further numbers")),
		element("tbody", {}, ...rows),
	);
}

function number(value: number): string {
	return value.toLocaleString(undefined, { maximumSignificantDigits: 3 });
}
