import {
	type ClientCapabilities,
	CompletionItemKind,
	type CompletionList,
	type Hover,
	type InlineCompletionList,
	MarkupKind,
} from "vscode-languageserver";
import type { Answer } from "./answers.ts";

/** Each fill replaces the mask. A client that can only extend what stands there has to rewrite the item. */
export function inlineCompletions({ fills, mask, range }: Answer): InlineCompletionList {
	return { items: fills.map(({ text }) => ({ insertText: text, filterText: mask, range })) };
}

/** The fills with their probabilities, in their order. The list is asked for anew when more is typed. */
export function completionList({ fills, mask, range }: Answer, client: ClientCapabilities): CompletionList {
	const labelDetails = client.textDocument?.completion?.completionItem?.labelDetailsSupport === true;
	const items = fills.map(({ text, probability }, rank) => ({
		label: text,
		...(labelDetails ? { labelDetails: { description: percent(probability) } } : { detail: percent(probability) }),
		kind: CompletionItemKind.Value,
		sortText: String(rank).padStart(3, "0"),
		filterText: mask,
		textEdit: { range, newText: text },
		...(rank === 0 ? { preselect: true } : {}),
	}));
	return { isIncomplete: true, items };
}

/** The fills with their probabilities; in Markdown each has a link to the command `maskwright.replaceMask`. */
export function hover(answer: Answer, client: ClientCapabilities): Hover {
	const { fills, range } = answer;
	if (client.textDocument?.hover?.contentFormat?.includes(MarkupKind.Markdown) !== true) {
		const lines = fills.map(({ text, probability }) => `${text}  ${percent(probability)}`);
		return { contents: { kind: MarkupKind.PlainText, value: lines.join("\n") }, range };
	}
	const rows = fills.map(
		({ text, probability }) => `1. ${code(text)} ${percent(probability)} [Replace](${replaceLink(answer, text)})`,
	);
	return { contents: { kind: MarkupKind.Markdown, value: rows.join("\n") }, range };
}

function percent(probability: number): string {
	return probability < 0.005 ? "< 1 %" : `${Math.round(100 * probability)} %`;
}

function replaceLink({ uri, range }: Answer, fill: string): string {
	const encoded = encodeURIComponent(JSON.stringify([uri, range, fill]));
	// A parenthesis would end the link.
	return `command:maskwright.replaceMask?${encoded.replaceAll("(", "%28").replaceAll(")", "%29")}`;
}

/** A code span that holds `text` whatever backticks are in it. */
function code(text: string): string {
	const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
	const fence = "`".repeat(longest + 1);
	const blank = longest > 0 ? " " : "";
	return `${fence}${blank}${text}${blank}${fence}`;
}
