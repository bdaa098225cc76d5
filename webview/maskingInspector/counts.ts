import type { MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { formatCount, formatNumber } from "../ui/format.ts";
import { share, spanClassName, strategyLetters, strategyName } from "./tokens.ts";

/** What was chosen beside what is nominal, with the marks that the text has. */
export function countsTable(report: MasksReport): HTMLElement {
	const { counts, rate, replacement, strategies } = report;
	const part = (count: number, of: number) => (of === 0 ? "–" : share(count / of));
	const mark = (action: string, text: string) => element("span", { class: `chosen ${action}` }, text);
	const rows: (readonly [Node | string, number, string, string])[] = [
		[t("Chosen"), counts.chosen, part(counts.chosen, counts.maskable), rate === null ? "" : share(rate)],
		[mark("mask", t("masked")), counts.mask, part(counts.mask, counts.chosen), share(replacement.mask)],
		[mark("random", t("replaced")), counts.random, part(counts.random, counts.chosen), share(replacement.random)],
		[mark("same", t("left")), counts.same, part(counts.same, counts.chosen), share(replacement.keep)],
		...strategies.map((strategy) => {
			const count = counts.strategies[strategy] ?? 0;
			const letter = strategies.length > 1 ? `${strategyLetters[strategy] ?? "?"} ` : "";
			const name = element("span", { class: `strategy by-${strategy}` }, `${letter}${strategyName(strategy)}`);
			return [name, count, part(count, counts.chosen), ""] as const;
		}),
		...Object.entries(counts.classes ?? {}).map(
			([name, count]) => [spanClassName(name), count, part(count, counts.chosen), ""] as const,
		),
	];
	return element(
		"table",
		{ class: "grid counts" },
		element("caption", {}, placeText(report)),
		element(
			"thead",
			{},
			element(
				"tr",
				{},
				...["", t("Tokens"), t("Share"), t("Nominal")].map((name) => element("th", { scope: "col" }, name)),
			),
		),
		element(
			"tbody",
			{},
			...rows.map(([name, count, actual, nominal]) =>
				element(
					"tr",
					{},
					element("th", { scope: "row" }, name),
					element("td", {}, formatCount(count)),
					element("td", {}, actual),
					element("td", {}, nominal),
				),
			),
		),
	);
}

/** The losses of the models that were asked. */
export function lossLines({ models }: MasksReport): string[] {
	return models.map(({ model, loss }) =>
		loss === null ? t("{0}: nothing is chosen here", model) : t("{0}: loss {1} nats", model, formatNumber(loss, 4)),
	);
}

function placeText({ recipe, seed, epoch, placed, sequenceLength, repeated }: MasksReport): string {
	const where =
		placed === "run" ? t("as the run drew them in this epoch") : t("as a run on this file alone would draw them");
	const again =
		repeated === 0
			? ""
			: ` ${t("The last row repeats {0} tokens, shown as the row before has them.", formatCount(repeated))}`;
	return `${t("{0}, seed {1}, epoch {2}, rows of {3} tokens: {4}.", recipe, seed, epoch, sequenceLength, where)}${again}`;
}
