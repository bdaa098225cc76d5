/** Dotted names and what they say in words, in one of three wordings that a document keeps to: data made of a seed. */
import { createRandom, type Random, shuffle } from "../../../sidecar/base/random.ts";

const verbs = ["get", "set", "load", "save", "open", "close"];
const adjectives = ["old", "new", "first", "last", "local", "remote"];
const nouns = ["file", "name", "user", "page", "token", "table"];

export interface Named {
	readonly identifier: string;
	/** What may be said of it, in each wording. */
	readonly sayings: readonly string[];
}

/**
 * Six words each. At each of the first three places two of them agree, and the words that two agree on ("load the
 * file") begin none of the three: who takes the likeliest word of each place by itself is never right.
 */
const wordings: readonly ((verb: string, adjective: string, noun: string) => string)[] = [
	(verb, adjective, noun) => `${verb} the ${adjective} ${noun} for us`,
	(verb, adjective, noun) => `${verb} any ${noun} that is ${adjective}`,
	(verb, adjective, noun) => `where the ${noun} is ${adjective} ${verb}`,
];

export interface IdentifierLines {
	/** Texts of some lines each, all in one wording; half of them break off within their last saying. */
	readonly documents: readonly string[];
	/** Identifiers that stand in no document. */
	readonly unseen: readonly Named[];
}

/** Documents of at most `lines` lines each, and `unseen` identifiers that are in none of them. */
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
		sayings: wordings.map((wording) => wording(verb, adjective, noun)),
	};
}

/** A text that is being written ends anywhere; generation asks for what comes behind such an end. */
function documentOf(known: readonly Named[], lines: number, random: Random): string {
	const wording = random.below(wordings.length);
	const written = Array.from({ length: 1 + random.below(lines) }, () => {
		const { identifier, sayings } = known[random.below(known.length)]!;
		return { identifier, saying: `${sayings[wording]}\n` };
	});
	if (random.below(2) === 1) {
		const last = written.pop()!;
		const words = last.saying.split(" ");
		written.push({ ...last, saying: words.slice(0, 1 + random.below(words.length - 1)).join(" ") });
	}
	return written.map(({ identifier, saying }) => `${identifier} -> ${saying}`).join("");
}
