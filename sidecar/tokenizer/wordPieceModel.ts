import type { TextSpan } from "./addedTokens.ts";
import type { BertNormalizer } from "./bertNormalizer.ts";
import type { EncodingBuffer } from "./encodingBuffer.ts";
import type { PieceModel } from "./pieceTokenizer.ts";
import { WordCache } from "./wordCache.ts";
import { continuation, type WordPieces } from "./wordPieces.ts";
import { decodeWtf8 } from "./wtf8.ts";

/** How the text of a WordPiece vocabulary is normalised, cut and joined again. */
export interface WordPieceModelOptions {
	readonly normalizer: BertNormalizer;
	readonly unknownId: number;
	/** Whether decoding takes back the spaces before punctuation. */
	readonly cleanUp: boolean;
}

/** A word after normalisation, and where each of its code units stood in the word as it was. */
interface NormalizedWord {
	readonly text: string;
	readonly starts: readonly number[];
	readonly ends: readonly number[];
}

/** WordPiece with BERT's normalizer and pre-tokenizer, in one pass over the text. */
export class WordPieceModel implements PieceModel {
	readonly #vocabulary: ReadonlyMap<string, number>;
	readonly #pieces: WordPieces;
	readonly #options: WordPieceModelOptions;
	readonly #cache = new WordCache((word) => this.#encodeWord(word));

	constructor(vocabulary: ReadonlyMap<string, number>, pieces: WordPieces, options: WordPieceModelOptions) {
		this.#vocabulary = vocabulary;
		this.#pieces = pieces;
		this.#options = options;
	}

	encodeInto(text: string, { from, to }: TextSpan, out: EncodingBuffer): void {
		const { normalizer } = this.#options;
		for (let at = from; at < to; ) {
			const codePoint = text.codePointAt(at)!;
			let end = at + (codePoint > 0xffff ? 2 : 1);
			const { kind, characters } = normalizer.character(codePoint);
			if (kind === "word") end = this.#wordEnd(text, end, to);
			if (kind === "word") out.pushPacked(this.#cache.piecesOf(text.slice(at, end)), at);
			else
				for (const character of characters)
					out.push(this.#vocabulary.get(character) ?? this.#options.unknownId, at, end);
			at = end;
		}
	}

	decode(pieces: readonly Uint8Array[]): string {
		return joinWordPieces(pieces, this.#options.cleanUp);
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
		const { text, starts, ends } = this.#normalize(raw);
		const packed = this.#pieces.encode(text);
		for (let index = 0; index < packed.length; index += 3) {
			packed[index + 1] = starts[packed[index + 1]!]!;
			packed[index + 2] = ends[packed[index + 2]! - 1]!;
		}
		return packed;
	}

	#normalize(raw: string): NormalizedWord {
		let text = "";
		const starts: number[] = [];
		const ends: number[] = [];
		for (let at = 0; at < raw.length; ) {
			const codePoint = raw.codePointAt(at)!;
			const end = at + (codePoint > 0xffff ? 2 : 1);
			for (const character of this.#options.normalizer.character(codePoint).characters) {
				text += character;
				for (let unit = 0; unit < character.length; unit++) {
					starts.push(at);
					ends.push(end);
				}
			}
			at = end;
		}
		return { text, starts, ends };
	}
}

/** The text of WordPiece's pieces: a blank before each but those that go on with a word. */
export function joinWordPieces(pieces: readonly Uint8Array[], cleansUp: boolean): string {
	let text = "";
	for (const bytes of pieces) {
		const piece = decodeWtf8(bytes);
		if (piece === "") continue;
		const joined = text === "" ? piece : piece.startsWith(continuation) ? piece.slice(2) : ` ${piece}`;
		text += cleansUp ? cleanUp(joined) : joined;
	}
	return text;
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
