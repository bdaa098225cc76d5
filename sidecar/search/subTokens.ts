import { foldWord, identifier, longestWord, identifierPart as part, shortened } from "../tokenizer/identifierParts.ts";
import { stem } from "../tokenizer/stem.ts";

/** Scripts without spaces between words: what stands for a word is each pair of neighbours. */
const unspaced = /^[\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}]{3,}$/u;

/** Words repeat, so their splits are kept; text of any length cannot make this grow beyond it. */
const rememberedWords = 50_000;
const remembered = new Map<string, readonly string[]>();

/** Where a part of an identifier, or all of it, stands in a text. */
export interface TokenSpan {
	readonly start: number;
	readonly end: number;
	readonly token: string;
}

/**
 * The words that lexical search counts, the same when the index is written and when it is asked, in order and
 * lower-cased; each matches `[\p{L}\p{M}\p{N}]+`. An identifier stands for its parts, by their stems, and, kept whole,
 * for itself, so that both "server" and "HTTPServer" find `HTTPServer`. Case, accents and underscores make no
 * difference.
 */
export function subTokens(text: string): string[] {
	const tokens: string[] = [];
	for (const [word] of text.matchAll(identifier)) {
		for (const token of splitRemembered(word)) tokens.push(token);
	}
	return tokens;
}

/** The sub-tokens of `text` with their places; a whole identifier comes after its parts. */
export function subTokenSpans(text: string): TokenSpan[] {
	const spans: TokenSpan[] = [];
	for (const { 0: word, index } of text.matchAll(identifier)) {
		const tokens = splitRemembered(word);
		const parts = word.length > longestWord ? [] : [...word.matchAll(part)];
		for (const { 0: letters, index: at } of parts.length > 1 ? parts : []) {
			const token = stem(foldWord(letters));
			spans.push({ start: index + at, end: index + at + letters.length, token });
		}
		const whole = tokens.at(-1);
		if (whole !== undefined) spans.push({ start: index, end: index + word.length, token: whole });
	}
	return spans;
}

function splitRemembered(word: string): readonly string[] {
	const known = remembered.get(word);
	if (known !== undefined) return known;
	const tokens = split(word);
	if (word.length > longestWord) return tokens;
	if (remembered.size >= rememberedWords) remembered.clear();
	remembered.set(word, tokens);
	return tokens;
}

function split(word: string): string[] {
	const whole = foldWord(word.replaceAll(/[_$]/g, ""));
	if (whole === "") return [];
	if (word.length > longestWord) return [shortened(whole)];
	const parts = (word.match(part) ?? []).map(foldWord).filter((token) => token !== "");
	const tokens = parts.flatMap((token) => (unspaced.test(token) ? pairs(token) : [stem(token)]));
	return parts.length > 1 ? [...tokens, whole] : tokens;
}

function pairs(word: string): string[] {
	const letters = Array.from(word);
	return letters.slice(1).map((letter, place) => `${letters[place]}${letter}`);
}
