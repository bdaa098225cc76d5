import { Trie } from "./trie.ts";

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

/** A part of a text; `parseSpecial`: whether special tokens that stand there are found. */
export interface TextSpan {
	readonly from: number;
	readonly to: number;
	readonly parseSpecial: boolean;
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
	readonly #tokens: readonly AddedToken[];
	readonly #trie: Trie;
	readonly #ordinary: boolean;

	/** `spelling` gives the text by which a token is found: its own, or what normalisation makes of it. */
	constructor(tokens: readonly AddedToken[], spelling = (token: AddedToken) => token.content) {
		this.#tokens = tokens;
		this.#trie = new Trie(tokens.map((token, index) => [spelling(token), index]));
		this.#ordinary = tokens.some((token) => !token.special);
	}

	/** Cuts a part of a text at its added tokens; special ones are ordinary text unless `parseSpecial`. */
	split(text: string, { from, to, parseSpecial }: TextSpan, visitor: PartVisitor): void {
		let done = from;
		const search = this.#tokens.length > 0 && (parseSpecial || this.#ordinary);
		for (let at = from; search && at < to; ) {
			const length = this.#trie.longestAt(text, at, to);
			if (length === 0) {
				at++;
				continue;
			}
			const end = at + length;
			const token = this.#tokens[this.#trie.find(text.slice(at, end))]!;
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
