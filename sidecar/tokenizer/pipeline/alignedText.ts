/**
 * A text that knows where each of its UTF-16 code units came from: unit `i` from `[startOf(i), endOf(i))` of the text
 * that was given. Starts and ends never fall.
 */
export class AlignedText {
	readonly text: string;
	readonly #base: number;
	/** Start and end of each unit, two by two; undefined where unit `i` came from unit `base + i`. */
	readonly #spans: Int32Array | undefined;

	constructor(text: string, base: number, spans?: Int32Array) {
		this.text = text;
		this.#base = base;
		this.#spans = spans;
	}

	startOf(unit: number): number {
		return this.#spans === undefined ? this.#base + unit : this.#spans[2 * unit]!;
	}

	endOf(unit: number): number {
		return this.#spans === undefined ? this.#base + unit + 1 : this.#spans[2 * unit + 1]!;
	}

	/** The units `[from, to)`. */
	slice(from: number, to: number): AlignedText {
		if (from === 0 && to === this.text.length) return this;
		const text = this.text.slice(from, to);
		if (this.#spans === undefined) return new AlignedText(text, this.#base + from);
		return new AlignedText(text, 0, this.#spans.subarray(2 * from, 2 * to));
	}
}

/** Writes a new form of an aligned text from its beginning to its end. */
export class AlignedTextWriter {
	readonly #source: AlignedText;
	#text = "";
	#spans: Int32Array;

	constructor(source: AlignedText) {
		this.#source = source;
		this.#spans = new Int32Array(2 * source.text.length + 16);
	}

	/** Takes over the units `[from, to)` as they are. */
	keep(from: number, to: number): void {
		let at = this.#reserve(to - from);
		for (let unit = from; unit < to; unit++) {
			this.#spans[at++] = this.#source.startOf(unit);
			this.#spans[at++] = this.#source.endOf(unit);
		}
		this.#text += this.#source.text.slice(from, to);
	}

	/** Puts `text` where the units `[from, to)` stood; each of its units comes from all of them. */
	replace(from: number, to: number, text: string): void {
		if (from === to) {
			this.#insert(from, text);
			return;
		}
		this.#put(text, this.#source.startOf(from), this.#source.endOf(to - 1));
	}

	finish(): AlignedText {
		return new AlignedText(this.#text, 0, this.#spans.subarray(0, 2 * this.#text.length));
	}

	/** What comes from nowhere has the place of the character behind it, as in Hugging Face's library. */
	#insert(before: number, text: string): void {
		const { text: source } = this.#source;
		if (source === "") return;
		const first = Math.min(before, source.length - 1);
		const last = first + (source.codePointAt(first)! > 0xffff ? 1 : 0);
		this.#put(text, this.#source.startOf(first), this.#source.endOf(last));
	}

	#put(text: string, start: number, end: number): void {
		let at = this.#reserve(text.length);
		for (let unit = 0; unit < text.length; unit++) {
			this.#spans[at++] = start;
			this.#spans[at++] = end;
		}
		this.#text += text;
	}

	/** Makes room for some units, and gives where their spans begin. */
	#reserve(units: number): number {
		const at = 2 * this.#text.length;
		if (at + 2 * units > this.#spans.length) {
			const larger = new Int32Array(Math.max(2 * this.#spans.length, at + 2 * units));
			larger.set(this.#spans.subarray(0, at));
			this.#spans = larger;
		}
		return at;
	}
}
