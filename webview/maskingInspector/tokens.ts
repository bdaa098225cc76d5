/** What is said of one token, in words and marks. */
import type { MaskedToken, MasksReport, TokenPrediction } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { formatNumber } from "../ui/format.ts";

/** A letter for each strategy, where a mixture needs to tell them apart. */
export const strategyLetters: Readonly<Record<string, string>> = {
	random: "R",
	wholeWord: "W",
	span: "S",
	identifier: "I",
	syntax: "C",
	dataflow: "D",
	entity: "E",
	suffix: "T",
	region: "G",
	ngram: "N",
};

/** The strategies that a view may put in place of a recipe's: those that need nothing of a recipe but the text. */
export const choosableStrategies = ["random", "wholeWord", "span", "identifier", "syntax", "dataflow", "entity"];

/** A strategy as people call it. */
export function strategyName(strategy: string): string {
	const names: Readonly<Record<string, string>> = {
		random: t("single tokens"),
		wholeWord: t("whole words"),
		span: t("spans"),
		identifier: t("identifiers"),
		syntax: t("syntax classes"),
		dataflow: t("data flow"),
		entity: t("one token of a name, call or word"),
		suffix: t("the end, and spans elsewhere"),
		region: t("a region of a record, whole"),
		ngram: t("n-grams, whole"),
	};
	return names[strategy] ?? strategy;
}

/** What a span is, as people call it. */
export function spanClassName(spanClass: string): string {
	const names: Readonly<Record<string, string>> = {
		identifier: t("of identifiers"),
		call: t("of what is called"),
		type: t("of types"),
		parameter: t("of parameters"),
		string: t("of strings"),
		number: t("of numbers"),
		comment: t("of comments"),
		keyword: t("of keywords"),
		operator: t("of operators"),
		namedEntity: t("of named entities"),
		noun: t("of nouns"),
		verb: t("of verbs"),
	};
	return names[spanClass] ?? spanClass;
}

/** All that one mask hides, told as one token: the token at `index`, or the n-gram that it belongs to. */
export function unitOf({ tokens }: MasksReport, index: number): MaskedToken | undefined {
	let first = index;
	while (tokens[first]?.joined === true) first--;
	let last = first;
	while (tokens[last + 1]?.joined === true) last++;
	const [token, end] = [tokens[first], tokens[last]?.end];
	return token === undefined || end === undefined ? undefined : { ...token, end };
}

/** What became of a token. */
export function actionText({ action, shown }: MaskedToken): string {
	switch (action) {
		case "keep":
			return t("not chosen");
		case "mask":
			return t("masked");
		case "random":
			return t("replaced by {0}", visible(shown ?? ""));
		case "same":
			return t("chosen and left as it is");
	}
}

/** Blanks and line ends as signs that can be seen. */
export function visible(text: string): string {
	if (text === "") return "∅";
	return text
		.replaceAll(/\r\n|\r|\n/g, "⏎")
		.replaceAll("\t", "⇥")
		.replaceAll(/^ +| +$/g, (blanks) => "·".repeat(blanks.length));
}

/** Whether the model is right, and how sure: `right, 82%`. */
export function verdict({ right, probability, rank }: TokenPrediction): string {
	return right ? t("right, {0}", share(probability)) : t("wrong, {0}, place {1}", share(probability), rank);
}

export function share(probability: number): string {
	return `${formatNumber(100 * probability, probability < 0.1 ? 2 : 3)}%`;
}

/** How far two models are apart at a token: that of the second less that of the first; undefined without two. */
export function difference({ prediction, compared }: MaskedToken): number | undefined {
	return prediction === undefined || compared === undefined ? undefined : compared.probability - prediction.probability;
}

/** The name of a token for screen readers. */
export function label(token: MaskedToken, text: string): string {
	const parts = [visible(text.slice(token.start, token.end)), actionText(token)];
	if (token.strategy !== null) parts.push(strategyName(token.strategy));
	if (token.prediction !== undefined) parts.push(verdict(token.prediction));
	return parts.join(", ");
}
