import { identifier, longestWord, partStems } from "./identifierParts.ts";

/**
 * What a tokenizer is given of a text: `source`, the text itself, or `words`, the parts of its identifiers and the
 * words of its prose, by their stems and in lower case, so that `getUserNames` and "get the user's name" share units.
 */
export type TextView = "source" | "words";

/** A text as a view has it; of `words` each follows a blank, as a byte-level vocabulary likes words. */
export function viewed(text: string, view: TextView): string {
	if (view === "source") return text;
	let words = "";
	for (const [word] of text.matchAll(identifier)) words += partsOf(word);
	return words;
}

/** Words repeat, so their parts are kept; text of any length cannot make this grow beyond it. */
const rememberedWords = 50_000;
const remembered = new Map<string, string>();

function partsOf(word: string): string {
	const known = remembered.get(word);
	if (known !== undefined) return known;
	const parts = partStems(word)
		.map((part) => ` ${part}`)
		.join("");
	if (word.length > longestWord) return parts;
	if (remembered.size >= rememberedWords) remembered.clear();
	remembered.set(word, parts);
	return parts;
}
