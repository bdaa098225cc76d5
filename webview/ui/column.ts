/** A column of numbers that grows by doubling, so that an append copies nothing most of the time. */
export class Column {
	#numbers = new Float64Array(1024);
	#length = 0;

	get length(): number {
		return this.#length;
	}

	push(value: number): void {
		if (this.#length === this.#numbers.length) {
			const grown = new Float64Array(this.#numbers.length * 2);
			grown.set(this.#numbers);
			this.#numbers = grown;
		}
		this.#numbers[this.#length++] = value;
	}

	/** NaN outside the column. */
	at(index: number): number {
		return index >= 0 && index < this.#length ? this.#numbers[index]! : Number.NaN;
	}

	/** All values so far, without a copy; later appends do not show in it. */
	view(): Float64Array {
		return this.#numbers.subarray(0, this.#length);
	}

	clear(): void {
		this.#length = 0;
	}
}
