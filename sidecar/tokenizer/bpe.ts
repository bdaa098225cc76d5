import { MergeQueue } from "./mergeQueue.ts";
import type { PairTable } from "./pairTable.ts";
import { byteAt, byteLength } from "./wtf8.ts";

/** What byte-pair encoding needs to know of a vocabulary. */
export interface BpeModel {
	/** The id of each byte's own token, or -1. */
	readonly byteIds: Int32Array;
	/** Every pair that merges; its index is its rank, and `merged[rank]` the id that it becomes. */
	readonly pairs: PairTable;
	readonly merged: Int32Array;
	/** Stands for a byte without a token; such a byte is left out when undefined. */
	readonly unknownId: number | undefined;
	/** Whether neighbouring unknown bytes become one unknown token. */
	readonly fuseUnknown: boolean;
}

// A key of the queue is rank * 2^31 + position: ranks stay under 2^21, so keys are exact.
const rankScale = 2 ** 31;

/**
 * Merges the bytes of one pre-token: always the pair of lowest rank, the leftmost first (Sennrich et al. 2016;
 * `Word::merge_all` of Hugging Face tokenizers). A heap over a linked list makes it O(n log n) for any length.
 */
export class WordMerger {
	readonly #model: BpeModel;
	readonly #queue = new MergeQueue();
	#ids = new Int32Array(0);
	#next = new Int32Array(0);
	#previous = new Int32Array(0);
	#starts = new Int32Array(0);
	#ends = new Int32Array(0);

	constructor(model: BpeModel) {
		this.#model = model;
	}

	/** The pieces of a pre-token as id, start, end, id, start, end, ... with offsets in UTF-16 code units of it. */
	merge(word: string): Int32Array {
		const count = this.#fill(word);
		for (let at = 0; at + 1 < count; at++) this.#offer(at);
		while (this.#queue.size > 0) {
			const key = this.#queue.pop();
			const rank = Math.floor(key / rankScale);
			this.#join(key - rank * rankScale, rank);
		}
		return this.#collect(count);
	}

	/** Lays the bytes out as symbols, each with the offsets of its whole character. */
	#fill(word: string): number {
		if (this.#ids.length < word.length * 3) this.#reserve(Math.max(word.length * 3, 256));
		const { byteIds, unknownId, fuseUnknown } = this.#model;
		let count = 0;
		for (let at = 0; at < word.length; ) {
			const codePoint = word.codePointAt(at)!;
			const end = at + (codePoint > 0xffff ? 2 : 1);
			const bytes = byteLength(codePoint);
			for (let index = 0; index < bytes; index++) {
				const id = byteIds[byteAt(codePoint, index, bytes)]!;
				if (id < 0 && unknownId === undefined) continue;
				if (id < 0 && fuseUnknown && count > 0 && this.#ids[count - 1] === unknownId) {
					this.#ends[count - 1] = end;
					continue;
				}
				this.#ids[count] = id < 0 ? unknownId! : id;
				this.#starts[count] = at;
				this.#ends[count] = end;
				this.#previous[count] = count - 1;
				this.#next[count] = ++count;
			}
			at = end;
		}
		if (count > 0) this.#next[count - 1] = -1;
		return count;
	}

	#offer(at: number): void {
		const next = this.#next[at]!;
		if (next < 0) return;
		const rank = this.#model.pairs.find(this.#ids[at]!, this.#ids[next]!);
		if (rank >= 0) this.#queue.push(rank * rankScale + at);
	}

	/** Joins the symbol at `at` with the next, unless a merge in the meantime has changed either. */
	#join(at: number, rank: number): void {
		const { pairs, merged } = this.#model;
		const next = this.#next[at]!;
		if (this.#ids[at]! < 0 || next < 0) return;
		if (this.#ids[at] !== pairs.left(rank) || this.#ids[next] !== pairs.right(rank)) return;
		this.#ids[at] = merged[rank]!;
		this.#ids[next] = -1;
		this.#ends[at] = this.#ends[next]!;
		const after = this.#next[next]!;
		this.#next[at] = after;
		if (after >= 0) this.#previous[after] = at;
		if (this.#previous[at]! >= 0) this.#offer(this.#previous[at]!);
		this.#offer(at);
	}

	#collect(count: number): Int32Array {
		let pieces = 0;
		for (let at = count > 0 ? 0 : -1; at >= 0; at = this.#next[at]!) pieces++;
		const packed = new Int32Array(pieces * 3);
		let to = 0;
		for (let at = count > 0 ? 0 : -1; at >= 0; at = this.#next[at]!) {
			packed[to++] = this.#ids[at]!;
			packed[to++] = this.#starts[at]!;
			packed[to++] = this.#ends[at]!;
		}
		return packed;
	}

	#reserve(size: number): void {
		this.#ids = new Int32Array(size);
		this.#next = new Int32Array(size);
		this.#previous = new Int32Array(size);
		this.#starts = new Int32Array(size);
		this.#ends = new Int32Array(size);
	}
}
