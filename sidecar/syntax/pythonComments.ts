/**
 * Python without comments, docstrings and blank lines, by the rule of GraphCodeBERT: a string goes where it begins a
 * line of its own right after an indent or a statement, or stands at column 0. A text that Python cannot split into
 * tokens stays as it is.
 */
export function withoutPythonComments(text: string): string {
	const kept = new PythonScan(text).run();
	return kept === undefined
		? text
		: kept
				.split("\n")
				.filter((line) => line.trim() !== "")
				.join("\n");
}

const stringPrefixes = new Set(["", "b", "u", "r", "f", "br", "rb", "fr", "rf"]);

const wordPattern = /[\p{L}\p{N}_]+/uy;
const spacePattern = /[ \t\f\r]+/y;

class PythonScan {
	readonly #text: string;
	readonly #indents = [0];
	#at = 0;
	#lineBegin = 0;
	#depth = 0;
	/** Whether a string that comes now is a docstring: after an indent or the end of a statement. */
	#afterIndentOrStatement = true;
	#kept = "";

	constructor(text: string) {
		this.#text = text;
	}

	/** `undefined` where Python's tokenizer would raise. */
	run(): string | undefined {
		while (this.#at < this.#text.length) {
			if (this.#at === this.#lineBegin && this.#depth === 0) {
				if (!this.#beginLine()) return undefined;
				if (this.#at >= this.#text.length) break;
			}
			if (!this.#token()) return undefined;
		}
		return this.#depth === 0 ? this.#kept : undefined;
	}

	/** Reads the white space before a statement; false when it goes back to an indent that was never begun. */
	#beginLine(): boolean {
		const space = this.#match(spacePattern);
		this.#at += space.length;
		const next = this.#text[this.#at];
		if (next === "\n" || next === "#" || next === undefined) {
			this.#kept += space;
			return true;
		}
		const column = columnOf(space);
		if (column > this.#indents.at(-1)!) {
			this.#indents.push(column);
			this.#afterIndentOrStatement = true;
			this.#kept += space;
			return true;
		}
		this.#kept += " ".repeat(space.length);
		if (column === this.#indents.at(-1)) return true;
		while (column < this.#indents.at(-1)!) this.#indents.pop();
		this.#afterIndentOrStatement = false;
		return column === this.#indents.at(-1);
	}

	/** Reads one token; false when a string or a line goes on past the end of the text. */
	#token(): boolean {
		const character = this.#text[this.#at]!;
		if (character === "\n") this.#lineBreak();
		else if (character === "#") this.#comment();
		else if (character === "\\" && /^\r?\n/.test(this.#text.slice(this.#at + 1, this.#at + 3))) return this.#joinLine();
		else if (/[ \t\f\r]/.test(character)) this.#keep(this.#match(spacePattern).length);
		else return this.#word(character);
		return true;
	}

	#lineBreak(): void {
		const line = this.#text.slice(this.#lineBegin, this.#at).trim();
		this.#keep(1);
		this.#lineBegin = this.#at;
		// A line without a statement ends none.
		this.#afterIndentOrStatement = this.#depth === 0 && line !== "" && !line.startsWith("#");
	}

	#comment(): void {
		const end = this.#text.indexOf("\n", this.#at);
		this.#at = end < 0 ? this.#text.length : end;
	}

	#joinLine(): boolean {
		this.#at = this.#text.indexOf("\n", this.#at) + 1;
		const space = this.#match(spacePattern);
		this.#kept += ` ${space}`;
		this.#lineBegin = this.#at;
		this.#at += space.length;
		if (space === "") this.#lineBegin = this.#at - 1; // no new statement begins here
		return this.#at < this.#text.length;
	}

	#word(character: string): boolean {
		const word = this.#match(wordPattern);
		const quote = this.#text[this.#at + word.length];
		if ((quote === '"' || quote === "'") && stringPrefixes.has(word.toLowerCase())) {
			return this.#string(this.#at + word.length, quote);
		}
		if ("([{".includes(character)) this.#depth++;
		if (")]}".includes(character)) this.#depth--;
		this.#keep(Math.max(word.length, 1));
		this.#afterIndentOrStatement = false;
		return true;
	}

	#string(open: number, quote: string): boolean {
		const triple = this.#text.startsWith(quote.repeat(3), open);
		const end = this.#stringEnd(open + (triple ? 3 : 1), triple ? quote.repeat(3) : quote);
		const docstring = this.#afterIndentOrStatement || this.#at === this.#lineBegin;
		this.#afterIndentOrStatement = false;
		if (end === undefined) {
			this.#keep(open + 1 - this.#at);
			return !triple;
		}
		if (docstring) this.#at = end;
		else this.#keep(end - this.#at);
		const lastBreak = this.#text.lastIndexOf("\n", end - 1);
		if (lastBreak >= this.#lineBegin) this.#lineBegin = lastBreak + 1;
		return true;
	}

	/** Behind the closing quotes; `undefined` where nothing closes the string. */
	#stringEnd(begin: number, quotes: string): number | undefined {
		for (let place = begin; place < this.#text.length; place++) {
			if (this.#text[place] === "\\") place++;
			else if (this.#text.startsWith(quotes, place)) return place + quotes.length;
			else if (this.#text[place] === "\n" && quotes.length === 1) return undefined;
		}
		return undefined;
	}

	#keep(length: number): void {
		this.#kept += this.#text.slice(this.#at, this.#at + length);
		this.#at += length;
	}

	#match(pattern: RegExp): string {
		pattern.lastIndex = this.#at;
		return pattern.exec(this.#text)?.[0] ?? "";
	}
}

/** A tab goes to the next multiple of 8. */
function columnOf(space: string): number {
	let column = 0;
	for (const character of space) {
		if (character === "\t") column = (Math.floor(column / 8) + 1) * 8;
		else column = character === " " ? column + 1 : 0;
	}
	return column;
}
