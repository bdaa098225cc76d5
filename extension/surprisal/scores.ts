import type { SurprisalPage, SurprisalToken } from "../../sidecar/protocol/inspect/surprisal.ts";
import { levelCount, levelOf } from "./levels.ts";

/** UTF-16 code units of the text. */
export interface TextSpan {
	readonly start: number;
	readonly end: number;
}

/** The surprisal of one version of a text, as far as it is known: pages come in any order. */
export class Scores {
	readonly #tokens = new Map<number, SurprisalToken>();
	#total = 0;
	#end: { readonly pseudoPerplexity: number | null; readonly lines: Lines } | undefined;

	add(page: SurprisalPage): void {
		for (const { index, ...token } of page.tokens) this.#tokens.set(index, token);
		this.#total = page.total;
		if (page.next === null) this.#end = { pseudoPerplexity: page.pseudoPerplexity, lines: page.lines ?? [] };
	}

	get known(): number {
		return this.#tokens.size;
	}

	/** Tokens of the text; 0 before the first page. */
	get total(): number {
		return this.#total;
	}

	/** Known once the last page is in: the pseudo-perplexity, null without tokens, and the least natural lines first. */
	get end(): { readonly pseudoPerplexity: number | null; readonly lines: Lines } | undefined {
		return this.#end;
	}

	/** The token at a place of the text. */
	at(offset: number): SurprisalToken | undefined {
		for (const token of this.#tokens.values()) if (token.start <= offset && offset < token.end) return token;
		return undefined;
	}

	/** Where to colour at each level: no blank around a token, and none that is blank altogether. */
	byLevel(): TextSpan[][] {
		const levels: TextSpan[][] = Array.from({ length: levelCount }, () => []);
		for (const token of this.#tokens.values()) {
			const span = inkOf(token);
			if (span !== undefined) levels[levelOf(token.surprisal)]?.push(span);
		}
		return levels;
	}

	/** The tokens that are at least as surprising as `bits`, with ink, the most surprising first. */
	above(bits: number): SurprisalToken[] {
		const found = [...this.#tokens.values()].filter((token) => token.surprisal >= bits && inkOf(token) !== undefined);
		return found.sort((a, b) => b.surprisal - a.surprisal || a.start - b.start);
	}

	/** The tokens that begin in a part of the text, in their order. */
	within({ start, end }: TextSpan): SurprisalToken[] {
		const found = [...this.#tokens.values()].filter((token) => token.start >= start && token.start < end);
		return found.sort((a, b) => a.start - b.start);
	}
}

type Lines = NonNullable<SurprisalPage["lines"]>;

/** A token without the blanks at its ends; undefined when nothing is left. */
export function inkOf({ start, text }: { readonly start: number; readonly text: string }): TextSpan | undefined {
	const ink = text.trim();
	if (ink === "") return undefined;
	const from = start + text.indexOf(ink);
	return { start: from, end: from + ink.length };
}

/** What may stand in a token's ink: expected texts that are not blank and not what stands there. */
export function alternatives(token: SurprisalToken): { readonly text: string; readonly probability: number }[] {
	const own = token.text.trim();
	return token.expected
		.map(({ text, probability }) => ({ text: text.trim(), probability }))
		.filter(({ text }) => text !== "" && text !== own);
}
