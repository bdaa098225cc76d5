import type { AttentionToken } from "../../sidecar/protocol/inspect/attention.ts";

export interface TokenFilter {
	/** Part of a token's text, whatever its case. */
	readonly filter: string;
	/** Of the grammar; "" for any. */
	readonly syntaxClass: string;
	readonly hideSpecial: boolean;
}

/** What a filter makes of tokens, by their places. */
export interface Filtered {
	/** Special tokens that are not drawn. */
	readonly hidden: readonly boolean[];
	/** Those that the filter means: drawn, and with the right text and class. */
	readonly meant: readonly boolean[];
	/** Whether text or class leave any out. */
	readonly narrows: boolean;
}

/** Applies a filter. Where a name is cut into several tokens, each piece of a name that holds the text is meant. */
export function filterTokens(
	tokens: readonly AttentionToken[],
	{ filter, syntaxClass, hideSpecial }: TokenFilter,
): Filtered {
	const wanted = filter.trim().toLowerCase();
	const hidden = tokens.map(({ special }) => special && hideSpecial);
	const words = wanted === "" ? [] : wordsOf(tokens);
	const meant = tokens.map((token, at) => {
		if (hidden[at]) return false;
		if (syntaxClass !== "" && token.syntaxClass !== syntaxClass) return false;
		return wanted === "" || (words[at] ?? "").includes(wanted);
	});
	return { hidden, meant, narrows: wanted !== "" || syntaxClass !== "" };
}

/** The word of each token: with the pieces of the same word that stand beside it, no blank between. */
function wordsOf(tokens: readonly AttentionToken[]): string[] {
	const words: string[] = new Array(tokens.length).fill("");
	for (let first = 0; first < tokens.length; ) {
		let end = first + 1;
		while (end < tokens.length && joins(tokens[end - 1] as AttentionToken, tokens[end] as AttentionToken)) end++;
		const word = tokens.slice(first, end).map(({ text }) => text);
		words.fill(word.join("").toLowerCase(), first, end);
		first = end;
	}
	return words;
}

function joins(before: AttentionToken, after: AttentionToken): boolean {
	if (before.special || after.special || before.end !== after.start) return false;
	return /[\p{L}\p{N}_$]$/u.test(before.text) && /^[\p{L}\p{N}_$]/u.test(after.text);
}
