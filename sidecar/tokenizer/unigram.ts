import { Trie } from "./trie.ts";
import { encodeWtf8 } from "./wtf8.ts";

/** What Unigram needs to know of a vocabulary. */
export interface UnigramVocabulary {
	/** Each piece with the logarithm of its probability; its index is its id. */
	readonly pieces: readonly (readonly [string, number])[];
	readonly unknownId: number;
	/** Pieces that no text becomes by its letters: special tokens. */
	readonly unspelled: ReadonlySet<number>;
	/** The ids of the pieces `<0x00>` to `<0xFF>`, which spell what is unknown; undefined when one is missing or unwanted. */
	readonly byteIds: Int32Array | undefined;
}

const unknownPenalty = 10; // kUnkPenalty of SentencePiece

/**
 * Unigram (Kudo 2018, https://arxiv.org/abs/1804.10959, section 3.2): of all ways to make a word of pieces the one
 * whose probabilities have the largest product, found from the left (`encode_optimized` of Hugging Face tokenizers).
 */
export class Unigram {
	readonly #vocabulary: UnigramVocabulary;
	readonly #trie: Trie;
	readonly #scores: Float64Array;
	readonly #unknownScore: number;
	/** Of the best way to each place of a word: its score, its last piece and where that begins. */
	#best = new Float64Array(64);
	#ids = new Int32Array(64);
	#starts = new Int32Array(64);

	constructor(vocabulary: UnigramVocabulary) {
		this.#vocabulary = vocabulary;
		const entries = vocabulary.pieces.map(([piece], id) => [piece, id] as const);
		this.#trie = new Trie(entries.filter(([, id]) => !vocabulary.unspelled.has(id)));
		this.#scores = Float64Array.from(vocabulary.pieces, ([, score]) => score);
		this.#unknownScore = this.#scores.reduce((least, score) => Math.min(least, score)) - unknownPenalty;
	}

	/** The pieces of a word as id, start, end, id, start, end, ... with offsets in UTF-16 code units of it. */
	encode(word: string): Int32Array {
		this.#findBest(word);
		const packed: number[] = [];
		for (let end = word.length; end > 0; ) {
			let start = this.#starts[end]!;
			const id = this.#ids[end]!;
			if (id === this.#vocabulary.unknownId) {
				// Unknown neighbours are one piece.
				while (start > 0 && this.#ids[start] === id) start = this.#starts[start]!;
				this.#pushUnknown(packed, word, start, end);
			} else packed.push(end, start, id);
			end = start;
		}
		return Int32Array.from(packed.reverse());
	}

	#findBest(word: string): void {
		this.#reserve(word.length + 1);
		this.#starts.fill(-1, 0, word.length + 1);
		this.#best[0] = 0;
		for (let from = 0; from < word.length; ) {
			const width = word.codePointAt(from)! > 0xffff ? 2 : 1;
			let single = false;
			let node = 0;
			for (let at = from; at < word.length; ) {
				node = this.#trie.next(node, word.charCodeAt(at++));
				if (node < 0) break;
				const id = this.#trie.valueOf(node);
				if (id < 0) continue;
				this.#offer(from, at, id, this.#scores[id]!);
				if (at - from === width) single = true;
			}
			if (!single) this.#offer(from, from + width, this.#vocabulary.unknownId, this.#unknownScore);
			from += width;
		}
	}

	#offer(from: number, to: number, id: number, score: number): void {
		const total = this.#best[from]! + score;
		if (this.#starts[to]! >= 0 && total <= this.#best[to]!) return;
		this.#best[to] = total;
		this.#starts[to] = from;
		this.#ids[to] = id;
	}

	/** Adds what is unknown, last first: by its bytes where there are pieces for them. */
	#pushUnknown(packed: number[], word: string, start: number, end: number): void {
		const { unknownId, byteIds, pieces } = this.#vocabulary;
		const text = word.slice(start, end);
		if (byteIds === undefined || text === pieces[unknownId]![0]) {
			packed.push(end, start, unknownId);
			return;
		}
		for (const byte of encodeWtf8(text).reverse()) packed.push(end, start, byteIds[byte]!);
	}

	#reserve(size: number): void {
		if (size <= this.#starts.length) return;
		const capacity = Math.max(size, 2 * this.#starts.length);
		this.#best = new Float64Array(capacity);
		this.#ids = new Int32Array(capacity);
		this.#starts = new Int32Array(capacity);
	}
}
