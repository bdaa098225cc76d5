import type { Encoding } from "./tokenizer.ts";

/** A growing encoding. */
export class EncodingBuffer {
	#ids: Int32Array;
	#starts: Int32Array;
	#ends: Int32Array;
	#length = 0;

	constructor(expected: number) {
		this.#ids = new Int32Array(expected);
		this.#starts = new Int32Array(expected);
		this.#ends = new Int32Array(expected);
	}

	push(id: number, start: number, end: number): void {
		if (this.#length === this.#ids.length) this.#grow(1);
		this.#ids[this.#length] = id;
		this.#starts[this.#length] = start;
		this.#ends[this.#length++] = end;
	}

	/** Adds pieces given as id, start, end, id, start, end, ... with their offsets counted from `base`. */
	pushPacked(packed: Int32Array, base: number): void {
		const added = packed.length / 3;
		if (this.#length + added > this.#ids.length) this.#grow(added);
		let to = this.#length;
		for (let from = 0; from < packed.length; from += 3) {
			this.#ids[to] = packed[from]!;
			this.#starts[to] = base + packed[from + 1]!;
			this.#ends[to++] = base + packed[from + 2]!;
		}
		this.#length = to;
	}

	/** The pieces pushed so far. */
	finish(): Encoding {
		return {
			ids: this.#ids.slice(0, this.#length),
			starts: this.#starts.slice(0, this.#length),
			ends: this.#ends.slice(0, this.#length),
		};
	}

	#grow(added: number): void {
		const capacity = Math.max(this.#ids.length * 2, this.#length + added, 16);
		this.#ids = copyInto(new Int32Array(capacity), this.#ids);
		this.#starts = copyInto(new Int32Array(capacity), this.#starts);
		this.#ends = copyInto(new Int32Array(capacity), this.#ends);
	}
}

function copyInto(target: Int32Array, source: Int32Array): Int32Array {
	target.set(source);
	return target;
}
