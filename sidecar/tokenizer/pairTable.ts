/** A hash table from a pair of non-negative ids to a dense index, in order of insertion. */
export class PairTable {
	#lefts: Int32Array;
	#rights: Int32Array;
	#slots: Int32Array;
	#size = 0;

	constructor(expected = 1024) {
		let capacity = 16;
		while (capacity < expected * 2) capacity *= 2;
		this.#lefts = new Int32Array(capacity / 2);
		this.#rights = new Int32Array(capacity / 2);
		this.#slots = new Int32Array(capacity);
	}

	/** How many different pairs were added. */
	get size(): number {
		return this.#size;
	}

	left(index: number): number {
		return this.#lefts[index]!;
	}

	right(index: number): number {
		return this.#rights[index]!;
	}

	/** The index of a pair, or -1. */
	find(left: number, right: number): number {
		return this.#slots[this.#slotOf(left, right)]! - 1;
	}

	/** The index of a pair, which is added when it is new. */
	add(left: number, right: number): number {
		const slot = this.#slotOf(left, right);
		const found = this.#slots[slot]! - 1;
		if (found >= 0) return found;
		const index = this.#size++;
		this.#slots[slot] = index + 1;
		this.#lefts[index] = left;
		this.#rights[index] = right;
		if (this.#size === this.#lefts.length) this.#grow();
		return index;
	}

	#slotOf(left: number, right: number): number {
		const mask = this.#slots.length - 1;
		let hash = Math.imul(left, 0x9e3779b1) + Math.imul(right, 0x85ebca6b);
		hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
		let slot = (hash ^ (hash >>> 13)) & mask;
		for (;;) {
			const index = this.#slots[slot]! - 1;
			if (index < 0 || (this.#lefts[index] === left && this.#rights[index] === right)) return slot;
			slot = (slot + 1) & mask;
		}
	}

	#grow(): void {
		const lefts = this.#lefts;
		const rights = this.#rights;
		this.#lefts = new Int32Array(lefts.length * 2);
		this.#rights = new Int32Array(lefts.length * 2);
		this.#lefts.set(lefts);
		this.#rights.set(rights);
		this.#slots = new Int32Array(this.#slots.length * 2);
		for (let index = 0; index < this.#size; index++) {
			this.#slots[this.#slotOf(lefts[index]!, rights[index]!)] = index + 1;
		}
	}
}
