import { Trie } from "./trie.ts";

/** What WordPiece needs besides its vocabulary. */
export interface WordPieceOptions {
	readonly unknownId: number;
	/** A longer word, counted in characters, is one unknown piece. */
	readonly longestWord: number;
}

/** Begins every piece that goes on with a word. */
export const continuation = "##";

/** WordPiece (Wu et al. 2016, as in BERT): the longest piece that fits, from the left; else the word is unknown. */
export class WordPieces {
	readonly #first: Trie;
	readonly #following: Trie;
	readonly #options: WordPieceOptions;

	constructor(vocabulary: ReadonlyMap<string, number>, options: WordPieceOptions) {
		const entries = [...vocabulary].filter(([token]) => token !== "");
		this.#first = new Trie(entries);
		const following = entries.filter(([token]) => token.startsWith(continuation) && token !== continuation);
		this.#following = new Trie(following.map(([token, id]) => [token.slice(continuation.length), id]));
		this.#options = options;
	}

	/** The pieces of a word as id, start, end, id, start, end, ... with offsets in UTF-16 code units of it. */
	encode(word: string): Int32Array {
		if (word === "") return new Int32Array(0);
		const unknown = Int32Array.of(this.#options.unknownId, 0, word.length);
		const { longestWord } = this.#options;
		if (word.length > 2 * longestWord || (word.length > longestWord && Array.from(word).length > longestWord)) {
			return unknown;
		}
		const packed: number[] = [];
		for (let from = 0; from < word.length; ) {
			const id = this.#longest(word, from, packed);
			if (id < 0) return unknown;
			from = packed.at(-1)!;
		}
		return Int32Array.from(packed);
	}

	/** Adds the longest piece at a place, and gives its id: -1 when none fits. */
	#longest(word: string, from: number, packed: number[]): number {
		const trie = from === 0 ? this.#first : this.#following;
		let id = -1;
		let end = from;
		let node = 0;
		for (let at = from; at < word.length; ) {
			node = trie.next(node, word.charCodeAt(at++));
			if (node < 0) break;
			const value = trie.valueOf(node);
			// A piece that is half a character could only be made of a lone surrogate, and a text may have both halves.
			if (value < 0 || isInsideCharacter(word, at)) continue;
			id = value;
			end = at;
		}
		if (id >= 0) packed.push(id, from, end);
		return id;
	}
}

function isInsideCharacter(word: string, at: number): boolean {
	return at < word.length && (word.charCodeAt(at) & 0xfc00) === 0xdc00 && (word.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}
