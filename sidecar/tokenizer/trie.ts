import { PairTable } from "./pairTable.ts";
import { refuseFile } from "./tokenizerFile.ts";

/** Longer pieces cost a step each at every place of a text, and no vocabulary has them. */
const longestKey = 512;
const mostUnits = 2 ** 24;

/** A trie over UTF-16 code units: texts to numbers from 0 on. A look-up takes at most `longestKey` steps. */
export class Trie {
	readonly #children: PairTable;
	readonly #values: Int32Array;

	/** Of two equal texts the later one counts. Throws `tokenizerInvalid` when there is too much to hold. */
	constructor(entries: readonly (readonly [string, number])[]) {
		const units = entries.reduce((sum, [key]) => sum + key.length, 0);
		if (units > mostUnits) refuseFile(`its tokens together have more than ${mostUnits} characters`);
		const long = entries.find(([key]) => key.length > longestKey);
		if (long !== undefined) refuseFile(`a token of its vocabulary is longer than ${longestKey} characters`);
		this.#children = new PairTable(units + 1);
		const values = new Int32Array(units + 1).fill(-1);
		for (const [key, value] of entries) {
			let node = 0;
			for (let at = 0; at < key.length; at++) node = this.#children.add(node, key.charCodeAt(at)) + 1;
			values[node] = value;
		}
		this.#values = values.slice(0, this.#children.size + 1);
	}

	/** The node behind `node` by a code unit, or -1; 0 is the root. */
	next(node: number, unit: number): number {
		const index = this.#children.find(node, unit);
		return index < 0 ? -1 : index + 1;
	}

	/** The number of the text that ends at a node, or -1. */
	valueOf(node: number): number {
		return this.#values[node]!;
	}

	/** The number of a text, or -1. */
	find(key: string): number {
		let node = 0;
		for (let at = 0; at < key.length && node >= 0; at++) node = this.next(node, key.charCodeAt(at));
		return node < 0 ? -1 : this.valueOf(node);
	}

	/** The length of the longest text that stands at `from` in `text[from, to)`, or 0. */
	longestAt(text: string, from: number, to: number): number {
		let longest = 0;
		let node = 0;
		for (let at = from; at < to; at++) {
			node = this.next(node, text.charCodeAt(at));
			if (node < 0) break;
			if (this.valueOf(node) >= 0) longest = at + 1 - from;
		}
		return longest;
	}
}
