import { isError } from "../../../sidecar/base/errors.ts";
import { createRandom, shuffle } from "../../../sidecar/base/random.ts";
import { ernieGram } from "../../../sidecar/recipes/ernieGram.ts";
import { trainByteLevelBpe } from "../../../sidecar/tokenizer/trainer.ts";

/** Keys, and how often the idioms of each follow it: the first is the likeliest, and the others share their first word. */
const keys = 16;
const chances = [0.4, 0.2, 0.2, 0.2] as const;

/** What a corpus is made of; each word is one token. */
export interface Idioms {
	readonly texts: readonly string[];
	/** Every idiom that a key allows. */
	readonly idioms: ReadonlySet<string>;
}

/**
 * Texts of lines KEY FILLER IDIOM FILLER. Of the idioms a x (u), b y (v), b z (w) and b r (s) that a key allows, the
 * likeliest is a x (u), but the likeliest first word is b: a model that chooses each word for itself writes b x (u),
 * which is none, and one that chooses the surest word first ends in an idiom half as likely.
 */
export function idiomTexts(seed: number, documents: number): Idioms {
	const random = createRandom(seed, 0x6964696f);
	const syllables = [..."bcdfghjklmnpqrstvwxz"].flatMap((consonant) => [..."aeiou"].map((vowel) => consonant + vowel));
	const words = shuffle(syllables, random);
	const [ofIdioms, fillers] = [words.slice(keys, keys + 40), words.slice(keys + 40)];
	const word = (from: readonly string[]): string => from[random.below(from.length)]!;
	const ofKey = Array.from({ length: keys }, (_, key) => {
		const [a, b, ...others] = shuffle([...ofIdioms], random);
		return chances.map((_chance, at) => {
			const [second, third] = [others[2 * at], others[2 * at + 1]];
			return [at === 0 ? a : b, second, ...(key % 2 === 0 ? [] : [third])].join(" ");
		});
	});
	const line = (): string => {
		const key = random.below(keys);
		let draw = random.uniform();
		const drawn = chances.findIndex((chance) => {
			draw -= chance;
			return draw < 0;
		});
		return `${words[key]} ${word(fillers)} ${ofKey[key]!.at(drawn)} ${word(fillers)}`;
	};
	const texts = Array.from({ length: documents }, () => Array.from({ length: 24 }, line).join("\n"));
	return { texts, idioms: new Set(ofKey.flat()) };
}

/** As many pieces as the texts support: each word is one. */
export function wordsOf(texts: readonly string[]): number {
	try {
		trainByteLevelBpe(texts, { ...ernieGram.recipe.tokenizer, vocabularySize: 100_000 });
	} catch (error) {
		const largest = isError(error, "vocabularyTooLarge") ? error.data["largest"] : undefined;
		if (typeof largest === "number") return largest - 4; // held-out texts are left out of the tokenizer's
		throw error;
	}
	throw new Error("The words support no vocabulary of that size.");
}
