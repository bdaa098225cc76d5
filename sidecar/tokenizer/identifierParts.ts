import { stem } from "./stem.ts";

/** Letters, digits, `_` and `$` in a row. */
export const identifier = /[\p{L}\p{M}\p{N}_$]+/gu;

/** Capitals before a capitalised part, capitalised or lower-case parts, digits, letters of scripts without case. */
export const identifierPart = /\p{Lu}+(?![\p{Ll}\p{M}])|\p{Lu}?[\p{Ll}\p{M}]+|\p{N}+|[\p{Lo}\p{Lm}\p{Lt}\p{M}]+/gu;

/** A longer word is data (base64, a hash), not a name: it counts once, by its beginning. */
export const longestWord = 64;

/** A word in lower case, compatible forms as one, Latin accents and all but letters, digits and marks gone. */
export function foldWord(word: string): string {
	const lower = word.toLowerCase();
	if (/^[a-z0-9]*$/.test(lower)) return lower;
	return lower
		.normalize("NFKD")
		.replaceAll(/[\u0300-\u036f]/g, "")
		.normalize("NFC")
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{M}\p{N}]/gu, "");
}

/** The beginning of a word that is data. */
export function shortened(word: string): string {
	return Array.from(word).slice(0, longestWord).join("");
}

/** The parts of an identifier, folded and by their stems. */
export function partStems(word: string): string[] {
	if (word.length > longestWord) return [shortened(foldWord(word))].filter((part) => part !== "");
	return (word.match(identifierPart) ?? []).map((part) => stem(foldWord(part))).filter((part) => part !== "");
}
