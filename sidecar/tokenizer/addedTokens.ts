/** A token that is found in the text itself, before anything else cuts it (`added_tokens` of `tokenizer.json`). */
export interface AddedToken {
	readonly id: number;
	readonly content: string;
	/** Only between characters that are no word's. */
	readonly singleWord: boolean;
	/** Takes the white space on its left, or right, along. */
	readonly stripLeft: boolean;
	readonly stripRight: boolean;
	/** Matched after those that are not, in what they leave. */
	readonly normalized: boolean;
	readonly special: boolean;
}

/** Receives the parts of a text in order: ordinary text, and tokens. */
export interface PartVisitor {
	text(from: number, to: number): void;
	token(id: number, from: number, to: number): void;
}

const wordCharacter = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]/u;
const whiteSpace = /\p{White_Space}/u;

/** Finds added tokens as `AddedVocabulary` of Hugging Face tokenizers does: leftmost first, then longest. */
export class AddedTokens {
	readonly #first: Matcher;
	readonly #second: Matcher;

	constructor(tokens: readonly AddedToken[]) {
		this.#first = new Matcher(tokens.filter((token) => !token.normalized));
		this.#second = new Matcher(tokens.filter((token) => token.normalized));
	}

	/** Cuts a text at its added tokens; special ones are ordinary text unless `parseSpecial`. */
	split(text: string, parseSpecial: boolean, visitor: PartVisitor): void {
		this.#first.split(text, 0, text.length, parseSpecial, {
			token: (id, from, to) => visitor.token(id, from, to),
			text: (from, to) => this.#second.split(text, from, to, parseSpecial, visitor),
		});
	}
}

class Matcher {
	/** Longest first, by their first code unit. */
	readonly #byFirstUnit = new Map<number, AddedToken[]>();
	readonly #ordinary: boolean;

	constructor(tokens: readonly AddedToken[]) {
		this.#ordinary = tokens.some((token) => !token.special);
		for (const token of [...tokens].sort((a, b) => b.content.length - a.content.length)) {
			const unit = token.content.charCodeAt(0);
			const same = this.#byFirstUnit.get(unit);
			if (same === undefined) this.#byFirstUnit.set(unit, [token]);
			else same.push(token);
		}
	}

	split(text: string, from: number, to: number, parseSpecial: boolean, visitor: PartVisitor): void {
		let done = from;
		const search = parseSpecial || this.#ordinary;
		for (let at = from; search && at < to; ) {
			const token = this.#matchAt(text, at, to);
			if (token === undefined) {
				at++;
				continue;
			}
			const end = at + token.content.length;
			if ((parseSpecial || !token.special) && !(token.singleWord && touchesWord(text, { from, to, at, end }))) {
				const start = token.stripLeft ? Math.max(done, spaceStart(text, done, at)) : at;
				const stop = token.stripRight ? spaceEnd(text, end, to) : end;
				if (start > done) visitor.text(done, start);
				visitor.token(token.id, start, stop);
				done = stop;
			}
			at = Math.max(end, done);
		}
		if (done < to) visitor.text(done, to);
	}

	#matchAt(text: string, at: number, to: number): AddedToken | undefined {
		const candidates = this.#byFirstUnit.get(text.charCodeAt(at));
		return candidates?.find((token) => at + token.content.length <= to && text.startsWith(token.content, at));
	}
}

function touchesWord(text: string, span: { from: number; to: number; at: number; end: number }): boolean {
	const before = span.at > span.from ? text[span.at - 1]! : "";
	const after = span.end < span.to ? String.fromCodePoint(text.codePointAt(span.end)!) : "";
	return wordCharacter.test(before) || wordCharacter.test(after);
}

function spaceStart(text: string, from: number, at: number): number {
	let start = at;
	while (start > from && whiteSpace.test(text[start - 1]!)) start--;
	return start;
}

function spaceEnd(text: string, at: number, to: number): number {
	let end = at;
	while (end < to && whiteSpace.test(text[end]!)) end++;
	return end;
}
