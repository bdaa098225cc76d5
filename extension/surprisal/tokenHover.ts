import type { SurprisalToken } from "../../sidecar/protocol/inspect/surprisal.ts";
import { formatShare, plainMarkdown } from "../format.ts";
import type { L10n } from "../l10n.ts";
import { alternatives, inkOf } from "./scores.ts";

/** The command behind a hover's Replace and a quick fix. */
export const replaceTokenCommand = "maskwright.replaceToken";

/** The arguments of `replaceTokenCommand`, which travel as JSON. */
export interface TokenReplacement {
	readonly uri: string;
	/** UTF-16 code units of the document. */
	readonly start: number;
	readonly end: number;
	/** What stands there; where it does not any more, nothing is replaced. */
	readonly stands: string;
	readonly text: string;
}

/** What a model expected in the place of a token, as Markdown with a Replace link each. */
export function tokenHover(token: SurprisalToken, { uri, l10n }: { uri: string; l10n: L10n }): string {
	const bits = token.surprisal.toFixed(1);
	const heading = l10n.t("Surprisal {0} bits, rank {1}", bits, token.rank);
	const rows = alternatives(token).map(({ text, probability }) => {
		const share = probability < 0.001 ? "< 0.1%" : formatShare(probability);
		const replacement = replacementOf(token, { uri, text });
		const link = replacement === undefined ? "" : ` [${l10n.t("Replace")}](${commandLink(replacement)})`;
		return `1. ${codeSpan(text)} ${plainMarkdown(share)}${link}`;
	});
	const expected = token.rank === 1 ? l10n.t("What the model expected. It would also take:") : l10n.t("Expected:");
	return [`**${plainMarkdown(heading)}**`, ...(rows.length === 0 ? [] : [expected, rows.join("\n")])].join("\n\n");
}

/** `text` in the place of a token's ink. */
export function replacementOf(
	token: SurprisalToken,
	{ uri, text }: { uri: string; text: string },
): TokenReplacement | undefined {
	const ink = inkOf(token);
	return ink && { uri, ...ink, stands: token.text.trim(), text };
}

/** A code span that holds `text` whatever backticks are in it. */
export function codeSpan(text: string): string {
	const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
	const fence = "`".repeat(longest + 1);
	const blank = longest > 0 ? " " : "";
	return `${fence}${blank}${text}${blank}${fence}`;
}

function commandLink(replacement: TokenReplacement): string {
	const encoded = encodeURIComponent(JSON.stringify([replacement]));
	// A parenthesis would end the link.
	return `command:${replaceTokenCommand}?${encoded.replaceAll("(", "%28").replaceAll(")", "%29")}`;
}
