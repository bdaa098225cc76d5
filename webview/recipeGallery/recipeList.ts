import type { RecipeDescriptions } from "../../sidecar/protocol/outputs.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { verdictMark } from "./verdict.ts";

type Recipe = RecipeDescriptions[number];

interface RecipeList {
	readonly element: HTMLElement;
	show(recipes: RecipeDescriptions, chosen: string): void;
}

/** All recipes by name: those that are a paper's, then the others. Arrow keys walk them. */
export function recipeList(choose: (name: string) => void): RecipeList {
	const whole = element("nav", { class: "recipes", "aria-label": t("Recipes"), keydown: walk });
	let drawn = "";
	const entry = (recipe: Recipe, chosen: string): HTMLElement =>
		element(
			"button",
			{
				type: "button",
				class: "recipe",
				"data-recipe": recipe.name,
				"aria-current": recipe.name === chosen ? "page" : false,
				click: () => choose(recipe.name),
			},
			element("span", { class: "recipe-name" }, recipe.name),
			...(recipe.page === null ? [] : [verdictMark(recipe.card)]),
			element("span", { class: "recipe-summary note" }, recipe.paper ?? recipe.summary),
		);
	const group = (heading: string, recipes: readonly Recipe[], chosen: string): HTMLElement[] =>
		recipes.length === 0 ? [] : [element("h2", {}, heading), ...recipes.map((recipe) => entry(recipe, chosen))];
	return {
		element: whole,
		show: (recipes, chosen) => {
			const key = JSON.stringify([recipes.map(({ name, card }) => [name, card?.verdict]), chosen]);
			if (key === drawn) return;
			drawn = key;
			const focused = whole.contains(document.activeElement);
			const isPaper = ({ page }: Recipe) => page !== null;
			whole.replaceChildren(
				...group(t("Papers"), recipes.filter(isPaper), chosen),
				...group(
					t("Everyday"),
					recipes.filter((recipe) => !isPaper(recipe)),
					chosen,
				),
			);
			if (focused) whole.querySelector<HTMLElement>("[aria-current]")?.focus();
		},
	};
}

function walk(event: KeyboardEvent): void {
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	if (step === undefined || !(event.target instanceof HTMLElement)) return;
	const entries = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("button")];
	const next = entries[entries.indexOf(event.target) + step];
	if (next === undefined) return;
	event.preventDefault();
	next.focus();
}
