/** A heap of numbers, smallest first. */
export class MergeQueue {
	#keys = new Float64Array(64);
	#size = 0;

	get size(): number {
		return this.#size;
	}

	push(key: number): void {
		if (this.#size === this.#keys.length) {
			const keys = new Float64Array(this.#size * 2);
			keys.set(this.#keys);
			this.#keys = keys;
		}
		const keys = this.#keys;
		let at = this.#size++;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			if (keys[parent]! <= key) break;
			keys[at] = keys[parent]!;
			at = parent;
		}
		keys[at] = key;
	}

	/** Takes out the smallest key; the heap must not be empty. */
	pop(): number {
		const keys = this.#keys;
		const top = keys[0]!;
		const last = keys[--this.#size]!;
		let at = 0;
		for (;;) {
			let child = 2 * at + 1;
			if (child >= this.#size) break;
			if (child + 1 < this.#size && keys[child + 1]! < keys[child]!) child++;
			if (keys[child]! >= last) break;
			keys[at] = keys[child]!;
			at = child;
		}
		keys[at] = last;
		return top;
	}
}
