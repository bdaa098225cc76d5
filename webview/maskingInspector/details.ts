import type { MaskedToken, TokenPrediction } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { formatNumber } from "../ui/format.ts";
import { actionText, share, strategyName, verdict, visible } from "./tokens.ts";

/** What is known of one token: what became of it, and what each model says there. */
export function describeToken(token: MaskedToken, text: string, models: readonly string[]): HTMLElement[] {
	const own = visible(text.slice(token.start, token.end));
	const by = token.strategy === null ? "" : ` ${t("by {0}", strategyName(token.strategy))}`;
	const predictions = [token.prediction, token.compared];
	return [
		element("h2", {}, element("code", {}, own)),
		element("p", {}, `${actionText(token)}${by}, ${t("row {0} of the packing", token.row + 1)}`),
		...models.flatMap((model, place) => {
			const prediction = predictions[place];
			return prediction === undefined ? [] : [expectation(model, prediction)];
		}),
	];
}

function expectation(model: string, prediction: TokenPrediction): HTMLElement {
	const { expected, loss, right } = prediction;
	const rows = expected.map(({ text, probability }) =>
		element(
			"tr",
			{},
			element("th", { scope: "row" }, element("code", {}, visible(text))),
			element("td", {}, share(probability)),
			element("td", {}, bar(probability)),
		),
	);
	return element(
		"table",
		{ class: "grid expected" },
		element(
			"caption",
			{},
			element("span", { class: right ? "right" : "wrong", "aria-hidden": "true" }, right ? "✓ " : "✗ "),
			t("{0}: {1}, loss {2} nats", model, verdict(prediction), formatNumber(loss, 3)),
		),
		element("tbody", {}, ...rows),
	);
}

function bar(probability: number): HTMLElement {
	const filled = element("span");
	filled.style.width = `${100 * probability}%`;
	return element("div", { class: "bar", "aria-hidden": "true" }, filled);
}
