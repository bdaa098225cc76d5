import type { BertNormalizer } from "./bertNormalizer.ts";
import type { EncodingBuffer } from "./encodingBuffer.ts";
import type { PieceModel } from "./pieceTokenizer.ts";
import { WordCache } from "./wordCache.ts";
import { decodeWtf8 } from "./wtf8.ts";

/** What WordPiece needs besides its vocabulary. */
export interface WordPieceOptions {
	readonly normalizer: BertNormalizer;
	readonly unknownId: number;
	/** A longer word, counted in characters, is one unknown piece. */
	readonly longestWord: number;
	/** Whether decoding takes back the spaces before punctuation. */
	readonly cleanUp: boolean;
}

/** Begins every piece that goes on with a word. */
export const continuation = "##";

/** A word's characters after normalisation: each its text's end in `text`, and where it stood in the word. */
interface NormalizedWord {
	readonly text: string;
	readonly bounds: readonly number[];
	readonly starts: readonly number[];
	readonly ends: readonly number[];
}

/** WordPiece (Wu et al. 2016, as in BERT): the longest piece that fits, from the left; else the word is unknown. */
export class WordPieceModel implements PieceModel {
	readonly #first: ReadonlyMap<string, number>;
	readonly #following: ReadonlyMap<string, number>;
	readonly #longestPiece: number;
	readonly #options: WordPieceOptions;
	readonly #cache = new WordCache((word) => this.#encodeWord(word));

	constructor(vocabulary: ReadonlyMap<string, number>, options: WordPieceOptions) {
		this.#first = vocabulary;
		const following = [...vocabulary].filter(([token]) => token.startsWith(continuation));
		this.#following = new Map(following.map(([token, id]) => [token.slice(continuation.length), id]));
		this.#longestPiece = [...vocabulary.keys()].reduce((longest, token) => Math.max(longest, token.length), 1);
		this.#options = options;
	}

	encodeInto(text: string, from: number, to: number, out: EncodingBuffer): void {
		const { normalizer } = this.#options;
		for (let at = from; at < to; ) {
			const codePoint = text.codePointAt(at)!;
			let end = at + (codePoint > 0xffff ? 2 : 1);
			const { kind, characters } = normalizer.character(codePoint);
			if (kind === "word") end = this.#wordEnd(text, end, to);
			if (kind === "word") out.pushPacked(this.#cache.piecesOf(text.slice(at, end)), at);
			else for (const character of characters) out.push(this.#first.get(character) ?? this.#options.unknownId, at, end);
			at = end;
		}
	}

	decode(pieces: readonly Uint8Array[]): string {
		let text = "";
		for (const bytes of pieces) {
			const piece = decodeWtf8(bytes);
			if (piece === "") continue;
			const joined = text === "" ? piece : piece.startsWith(continuation) ? piece.slice(2) : ` ${piece}`;
			text += this.#options.cleanUp ? cleanUp(joined) : joined;
		}
		return text;
	}

	#wordEnd(text: string, from: number, to: number): number {
		let at = from;
		while (at < to) {
			const codePoint = text.codePointAt(at)!;
			if (this.#options.normalizer.character(codePoint).kind !== "word") return at;
			at += codePoint > 0xffff ? 2 : 1;
		}
		return at;
	}

	#encodeWord(raw: string): Int32Array {
		const word = this.#normalize(raw);
		const count = word.starts.length;
		if (count === 0) return new Int32Array(0);
		const unknown = Int32Array.of(this.#options.unknownId, word.starts[0]!, word.ends[count - 1]!);
		if (count > this.#options.longestWord) return unknown;
		const packed: number[] = [];
		for (let from = 0; from < count; ) {
			const to = this.#longestMatch(word, from, packed);
			if (to === from) return unknown;
			packed.push(word.starts[from]!, word.ends[to - 1]!);
			from = to;
		}
		return Int32Array.from(packed);
	}

	/** Adds the id of the longest piece from a character on, and gives where it ends: at `from` when none fits. */
	#longestMatch(word: NormalizedWord, from: number, packed: number[]): number {
		const pieces = from === 0 ? this.#first : this.#following;
		for (let to = Math.min(word.starts.length, from + this.#longestPiece); to > from; to--) {
			const id = pieces.get(word.text.slice(word.bounds[from]!, word.bounds[to]!));
			if (id === undefined) continue;
			packed.push(id);
			return to;
		}
		return from;
	}

	#normalize(raw: string): NormalizedWord {
		let text = "";
		const bounds = [0];
		const starts: number[] = [];
		const ends: number[] = [];
		for (let at = 0; at < raw.length; ) {
			const codePoint = raw.codePointAt(at)!;
			const end = at + (codePoint > 0xffff ? 2 : 1);
			for (const character of this.#options.normalizer.character(codePoint).characters) {
				text += character;
				bounds.push(text.length);
				starts.push(at);
				ends.push(end);
			}
			at = end;
		}
		return { text, bounds, starts, ends };
	}
}

/** The replacements of `cleanup` in Hugging Face's WordPiece decoder, in its order. */
const replacements: readonly (readonly [string, string])[] = [
	[" .", "."],
	[" ?", "?"],
	[" !", "!"],
	[" ,", ","],
	[" ' ", "'"],
	[" n't", "n't"],
	[" 'm", "'m"],
	[" do not", " don't"],
	[" 's", "'s"],
	[" 've", "'ve"],
	[" 're", "'re"],
];

function cleanUp(text: string): string {
	return replacements.reduce((cleaned, [from, to]) => cleaned.replaceAll(from, to), text);
}
