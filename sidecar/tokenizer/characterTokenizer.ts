import { MaskwrightError } from "../base/errors.ts";
import { loadTokenizer } from "./loadTokenizer.ts";
import { codeLines } from "./splitPatterns.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { robertaSpecialTokens, tokenizerJson } from "./trainer.ts";

/** The 20 amino acids, then the letters for uncertain and rare ones, in the order of ESM's vocabulary. */
export const aminoAcids = "LAGVSERTIDPKQNFYMHWCXBUZOJ";

/**
 * A tokenizer with a piece for each character of `alphabet` and no others: byte-level BPE without merges, so that every
 * reader of a `tokenizer.json` knows it. Any other character is the unknown token. Throws `recipeInvalid` for a character
 * that stands twice or is no visible one of ASCII.
 */
export function characterTokenizer(alphabet: string): Tokenizer {
	const characters = [...alphabet];
	const wrong = characters.find((one, at) => !/^[!-~]$/.test(one) || characters.indexOf(one) !== at);
	if (wrong !== undefined) {
		throw new MaskwrightError(
			"recipeInvalid",
			`tokenizer.alphabet cannot have ${JSON.stringify(wrong)}: it takes visible ASCII characters, each once.`,
		);
	}
	const tokens = [...robertaSpecialTokens, ...characters];
	return loadTokenizer(tokenizerJson({ tokens, merges: [] }, robertaSpecialTokens, codeLines, { unknown: "<unk>" }));
}

/** The first character of a text, by UTF-16 code unit, that a tokenizer of single characters does not know. */
export function unknownCharacter(tokenizer: Tokenizer, text: string): { at: number; character: string } | undefined {
	const unknown = tokenizer.specialId("unk");
	const { ids, starts } = tokenizer.encode(text);
	const index = unknown === undefined ? -1 : ids.indexOf(unknown);
	if (index < 0) return undefined;
	const at = starts[index]!;
	return { at, character: String.fromCodePoint(text.codePointAt(at)!) };
}
