import type { RecipeDescriptions } from "../../sidecar/protocol/outputs.ts";
import type { RunStatus } from "../../sidecar/protocol/runs.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { icon } from "../ui/icons.ts";
import { reportCard } from "./reportCard.ts";

type Recipe = RecipeDescriptions[number];

interface Actions {
	readonly train: (recipe: string) => void;
	readonly compare: (runs: string[]) => void;
}

interface RecipePage {
	readonly element: HTMLElement;
	/** `runs` are those of this recipe. */
	show(recipe: Recipe, runs: readonly RunStatus[]): void;
}

/** The page of one recipe: what the paper says, what it does here, how it did, its parameters, and Try. */
export function recipePage(actions: Actions): RecipePage {
	const whole = element("main", { class: "page", tabindex: "-1" });
	let drawn = "";
	return {
		element: whole,
		show: (recipe, runs) => {
			const key = JSON.stringify([recipe, runs.map(({ path, state }) => [path, state])]);
			if (key === drawn) return;
			drawn = key;
			whole.replaceChildren(
				...header(recipe, runs, actions),
				...paper(recipe),
				...measured(recipe),
				parameters(recipe),
			);
		},
	};
}

function header(recipe: Recipe, runs: readonly RunStatus[], { train, compare }: Actions): HTMLElement[] {
	const paths = runs.map(({ path }) => path);
	const compareButton = element(
		"button",
		{ type: "button", class: "button", disabled: paths.length === 0, click: () => compare(paths) },
		icon("graph"),
		t("Compare Its Runs ({0})", paths.length),
	);
	return [
		element("h1", {}, recipe.name),
		element("p", { class: "summary" }, recipe.summary),
		...(recipe.paper === null ? [] : [element("p", { class: "note" }, recipe.paper)]),
		element(
			"div",
			{ class: "toolbar" },
			element(
				"button",
				{ type: "button", class: "button primary", click: () => train(recipe.name) },
				icon("resume"),
				t("Try on This Workspace"),
			),
			compareButton,
		),
	];
}

function paper({ page }: Recipe): HTMLElement[] {
	if (page === null) return [];
	const section = (heading: string, ...texts: readonly string[]) =>
		element("section", {}, element("h2", {}, heading), ...texts.map((text) => element("p", {}, text)));
	const open =
		page.interpretation.length === 0
			? []
			: [
					element(
						"section",
						{},
						element("h2", {}, t("Interpretation")),
						element("p", { class: "note" }, t("What the paper leaves open and is a parameter here.")),
						element("ul", {}, ...page.interpretation.map((text) => element("li", {}, text))),
					),
				];
	return [
		section(t("What the paper says"), page.says, page.headline),
		section(t("What it does here"), page.here),
		section(t("What it is good for"), page.use),
		...open,
	];
}

function measured({ page, card }: Recipe): HTMLElement[] {
	if (page === null && card === null) return [];
	return [element("section", { class: "card" }, element("h2", {}, t("Report card")), ...reportCard(card))];
}

function parameters({ parameters: rows }: Recipe): HTMLElement {
	const head = [t("key"), t("value"), t("reason")].map((name) => element("th", { scope: "col" }, name));
	const body = rows.map(({ key, default: value, reason }) =>
		element(
			"tr",
			{},
			element("th", { scope: "row" }, element("code", {}, key)),
			element("td", {}, element("code", {}, typeof value === "string" ? value : JSON.stringify(value))),
			element("td", { class: "reason" }, reason),
		),
	);
	return element(
		"section",
		{},
		element("h2", {}, t("Parameters")),
		element(
			"table",
			{ class: "grid parameters" },
			element("caption", {}, t("Each can be changed by --set key=value, or in a recipe file that extends this one.")),
			element("thead", {}, element("tr", {}, ...head)),
			element("tbody", {}, ...body),
		),
	);
}
