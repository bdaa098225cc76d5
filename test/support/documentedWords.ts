/**
 * Functions whose documentation and code share no word: each word of the one has its own in the other, so that a search
 * finds only what was learned.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom, type Random } from "../../sidecar/base/random.ts";
import type { SearchPair } from "../../sidecar/search/query/evaluateSearch.ts";

export interface DocumentedWords {
	/** Writes so many Python files of five functions each. */
	write(folder: string, files: number): string;
	/** Functions that stand in no file. */
	pairs(count: number): SearchPair[];
}

/** A language of so many words, and functions of so many words each, drawn from a seed. */
export function documentedWords(seed: number, options: { words: number; ofFunction: number }): DocumentedWords {
	const random = createRandom(seed, 40);
	const made = new Set<string>();
	while (made.size < 2 * options.words) made.add(word(random));
	const [said, coded] = [[...made].slice(0, options.words), [...made].slice(options.words)];
	const drawn = (name: string): SearchPair => {
		const places = Array.from({ length: options.ofFunction }, () => random.below(options.words));
		const [first, ...rest] = places.map((place) => coded[place]!);
		const docstring = places.map((place) => said[place]!).join(" ");
		return { docstring, code: `def ${name}(value):\n    return ${first}(${rest.join(".")}(value))\n`, name };
	};
	return {
		write(folder, files) {
			mkdirSync(folder, { recursive: true });
			for (let file = 0; file < files; file++) {
				const functions = Array.from({ length: 5 }, (_, place) => {
					const { docstring, code } = drawn(`f${file}x${place}`);
					const [head, body] = code.split("\n");
					return `${head}\n    """${docstring}"""\n${body}\n`;
				});
				writeFileSync(join(folder, `file${file}.py`), functions.join("\n\n"));
			}
			return folder;
		},
		pairs: (count) => Array.from({ length: count }, (_, at) => drawn(`held${at}`)),
	};
}

function word(random: Random): string {
	const letters = (from: string): string => from[random.below(from.length)]!;
	return Array.from({ length: 2 + random.below(2) }, () => letters("bdfgklmnprstvz") + letters("aeiou")).join("");
}
