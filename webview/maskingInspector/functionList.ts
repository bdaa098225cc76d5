import type { FunctionRow, MasksReport } from "../../sidecar/protocol/inspect/masks.ts";
import { t } from "../host/texts.ts";
import { element } from "../ui/elements.ts";
import { formatCount } from "../ui/format.ts";
import { visible } from "./tokens.ts";

/** The rows of GraphCodeBERT: each function with its variables, and what the tasks on the structure hide of them. */
export function functionList(
	{ functions }: MasksReport,
	{ text, reveal }: { readonly text: string; readonly reveal: (span: { start: number; end: number }) => void },
): HTMLElement[] {
	if (functions === null) return [];
	return [
		element("h2", {}, t("Functions and their variables")),
		element(
			"p",
			{ class: "note" },
			t("Variables have a dotted line. A batch hides the edges of some and the links of some to the code."),
		),
		...functions.map((one) => entryOf(one, { text, reveal })),
	];
}

function entryOf(
	{ symbol, row, commentTokens, cut, variables, start, end }: FunctionRow,
	{ text, reveal }: { readonly text: string; readonly reveal: (span: { start: number; end: number }) => void },
): HTMLElement {
	const name = (at: number) => {
		const one = variables[at];
		return one === undefined ? "" : visible(text.slice(one.start, one.end).trim());
	};
	const facts = [
		row === null ? t("in no row of the run") : t("row {0}", formatCount(row + 1)),
		...(commentTokens === 0 ? [] : [t("comment: {0} tokens", formatCount(commentTokens))]),
		t("variables: {0}", formatCount(variables.length)),
		...(cut ? [t("cut at the end of its row")] : []),
	];
	const rows = variables.map(({ sources, edgesHidden, linksHidden, ...span }, at) => {
		const hidden = [...(edgesHidden ? [t("edges hidden")] : []), ...(linksHidden ? [t("links hidden")] : [])];
		const own = element("button", { type: "button", class: "difference", click: () => reveal(span) });
		own.append(element("code", {}, sources.length === 0 ? name(at) : `${name(at)} ← ${sources.map(name).join(", ")}`));
		own.append(element("span", { class: "note" }, hidden.join(", ")));
		return element("li", {}, own);
	});
	const go = element("button", { type: "button", class: "button", click: () => reveal({ start, end }) }, t("Show"));
	return element(
		"details",
		{ class: "function" },
		element("summary", {}, element("code", {}, symbol ?? t("a function")), ` ${facts.join(" · ")}`),
		go,
		element("ol", { class: "difference-list" }, ...rows),
	);
}
