import type { RecipeCard } from "../../sidecar/protocol/recipeCards.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";

/** How a recipe did beside its baseline, in words with a mark before them: it does not rely on colour. */
export function verdictMark(card: RecipeCard | null): HTMLElement {
	if (card === null) return element("span", { class: "verdict note" }, t("not measured"));
	const words = { better: t("better"), "no difference": t("no difference"), worse: t("worse") };
	const marks = { better: "▲", "no difference": "=", worse: "▼" };
	return element(
		"span",
		{ class: `verdict ${card.verdict.replace(" ", "-")}`, title: t("Beside {0}, by {1}", card.baseline, card.metric) },
		element("span", { "aria-hidden": "true" }, `${marks[card.verdict]} `),
		words[card.verdict],
	);
}
