/** Two made-up languages and sentences that are translations of each other. */
import { createRandom, type Random } from "../../../sidecar/base/random.ts";

type Tag = "namedEntity" | "noun" | "verb";

interface Word {
	readonly sides: readonly [string, string];
	readonly tag: Tag;
}

/** A sentence with its tagged spans, in UTF-16 code units. */
export interface Sentence {
	readonly text: string;
	readonly spans: readonly { readonly start: number; readonly end: number; readonly tag: Tag }[];
}

export type SentencePair = readonly [Sentence, Sentence];

const inventories = [
	["ba", "ko", "ri", "tu", "me", "la", "so", "ni", "da", "pe"],
	["zhu", "gax", "vyl", "quo", "fen", "hob", "wix", "jat", "cle", "mur"],
] as const;

/**
 * So many pairs of sentences, and as many more that are of the same languages. What a sentence says are its content
 * words, each of which has one translation; before each stand up to two of twelve function words that the other language
 * does not answer to. The second language has its verbs last. Names have more syllables than nouns and verbs.
 */
export function bitextOfSeed(
	seed: number,
	counts: { readonly pairs: number; readonly unseen: number },
): { readonly pairs: SentencePair[]; readonly unseen: SentencePair[] } {
	const random = createRandom(seed, 0x6c656d);
	const taken = new Set<string>();
	const fresh = (side: 0 | 1, syllables: number): string => {
		for (;;) {
			const word = Array.from({ length: syllables }, () => inventories[side][random.below(10)]).join("");
			if (!taken.has(word)) return taken.add(word) && word;
		}
	};
	const words = (tag: Tag, count: number, syllables: number): Word[] =>
		Array.from({ length: count }, () => ({ tag, sides: [fresh(0, syllables), fresh(1, syllables)] }));
	const names = words("namedEntity", 30, 3).map(capital);
	const nouns = words("noun", 30, 2);
	const verbs = words("verb", 15, 2);
	const functions = [0, 1].map((side) => Array.from({ length: 12 }, () => fresh(side as 0 | 1, 1 + random.below(2))));
	const pair = (): SentencePair => {
		const [name, noun, other] = [drawn(names, random), drawn(nouns, random), drawn(nouns, random)];
		const verb = drawn(verbs, random);
		return [
			sentence([name, verb, noun, other], { side: 0, functions: functions[0]!, random }),
			sentence([name, other, noun, verb], { side: 1, functions: functions[1]!, random }),
		];
	};
	return {
		pairs: Array.from({ length: counts.pairs }, pair),
		unseen: Array.from({ length: counts.unseen }, pair),
	};
}

/** Content words, each behind up to two function words. */
function sentence(
	content: readonly Word[],
	{ side, functions, random }: { readonly side: 0 | 1; readonly functions: readonly string[]; readonly random: Random },
): Sentence {
	let text = "";
	const spans: { start: number; end: number; tag: Tag }[] = [];
	for (const { sides, tag } of content) {
		for (let left = random.below(3); left > 0; left--) text += `${drawn(functions, random)} `;
		const start = text.length;
		text += sides[side];
		spans.push({ start, end: text.length, tag });
		text += " ";
	}
	return { text: text.trimEnd(), spans };
}

function drawn<Item>(items: readonly Item[], random: Random): Item {
	return items[random.below(items.length)]!;
}

function capital({ sides, tag }: Word): Word {
	const [first, second] = sides.map((word) => word.charAt(0).toUpperCase() + word.slice(1)) as [string, string];
	return { sides: [first, second], tag };
}
