/** Dotted names and what they say in words, in one of three orders that a document keeps to: data made of a seed. */
import { createRandom, type Random, shuffle } from "../../../sidecar/base/random.ts";

const verbs = ["get", "set", "load", "save", "open", "close"];
const adjectives = ["old", "new", "first", "last", "local", "remote"];
const nouns = ["file", "name", "user", "page", "token", "table"];

export interface Named {
	readonly identifier: string;
	/** What may be said of it; the three orders differ at every place. */
	readonly sayings: readonly string[];
}

const styles: readonly ((verb: string, adjective: string, noun: string) => string)[] = [
	(verb, adjective, noun) => `${verb} the ${adjective} ${noun}`,
	(verb, adjective, noun) => `the ${noun} is ${adjective} and to ${verb}`,
	(verb, adjective, noun) => `${adjective} ${noun} that we ${verb}`,
];

export interface IdentifierLines {
	/** Texts of some lines each, all in one order. */
	readonly documents: readonly string[];
	/** Identifiers that stand in no document. */
	readonly unseen: readonly Named[];
}

/** Documents of `lines` lines each, and `unseen` identifiers that are in none of them. */
export function identifierLines(
	seed: number,
	sizes: { readonly documents: number; readonly lines: number; readonly unseen: number },
): IdentifierLines {
	const random = createRandom(seed, 0x6964656e);
	const all = shuffle(
		verbs.flatMap((verb) => adjectives.flatMap((adjective) => nouns.map((noun) => named(verb, adjective, noun)))),
		random,
	);
	const known = all.slice(sizes.unseen);
	const documents = Array.from({ length: sizes.documents }, () => documentOf(known, sizes.lines, random));
	return { documents, unseen: all.slice(0, sizes.unseen) };
}

function named(verb: string, adjective: string, noun: string): Named {
	return {
		identifier: `${verb}.${adjective}.${noun}`,
		sayings: styles.map((style) => style(verb, adjective, noun)),
	};
}

function documentOf(known: readonly Named[], lines: number, random: Random): string {
	const style = random.below(styles.length);
	const count = 1 + random.below(lines);
	return Array.from({ length: count }, () => {
		const { identifier, sayings } = known[random.below(known.length)]!;
		return `${identifier} -> ${sayings[style]}\n`;
	}).join("");
}
