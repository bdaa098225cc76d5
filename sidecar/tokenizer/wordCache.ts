const limit = 1 << 16;
const longestKept = 48;

/** Remembers the pieces of words; emptied when it is full, and never holds a long word. */
export class WordCache {
	readonly #pieces = new Map<string, Int32Array>();
	readonly #encode: (word: string) => Int32Array;

	constructor(encode: (word: string) => Int32Array) {
		this.#encode = encode;
	}

	/** The pieces of a word as id, start, end, id, start, end, ... with offsets counted in the word. */
	piecesOf(word: string): Int32Array {
		const known = this.#pieces.get(word);
		if (known !== undefined) return known;
		const pieces = this.#encode(word);
		if (word.length > longestKept) return pieces;
		if (this.#pieces.size === limit) this.#pieces.clear();
		this.#pieces.set(detached(word), pieces);
		return pieces;
	}
}

/** A copy that does not keep alive the long text that `word` was cut from (V8 slices from 13 units on share it). */
function detached(word: string): string {
	if (word.length < 13) return word;
	const units = new Array<number>(word.length);
	for (let index = 0; index < word.length; index++) units[index] = word.charCodeAt(index);
	return String.fromCharCode(...units);
}
