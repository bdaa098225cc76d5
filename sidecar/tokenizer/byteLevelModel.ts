import type { TextSpan } from "./addedTokens.ts";
import { type BpeModel, WordMerger } from "./bpe.ts";
import { composeText } from "./composedText.ts";
import { EncodingBuffer } from "./encodingBuffer.ts";
import type { PieceModel } from "./pieceTokenizer.ts";
import type { SplitPattern } from "./splitPatterns.ts";
import { WordCache } from "./wordCache.ts";
import { decodeWtf8 } from "./wtf8.ts";

/** How the text of a byte-level vocabulary is cut and merged. */
export interface ByteLevelOptions {
	readonly split: SplitPattern;
	/** Whether the text is brought to NFC first, as ModernBERT's is. */
	readonly compose: boolean;
	/** Whether a text that begins with no space is read as if it did. */
	readonly addPrefixSpace: boolean;
	/** The id of a whole pre-token that is itself in the vocabulary and takes no merges (`ignore_merges`). */
	readonly wholeWord: ((word: string) => number | undefined) | undefined;
}

/** Byte-level byte-pair encoding (GPT-2): merges the bytes of each pre-token, remembering the pre-tokens it met. */
export class ByteLevelModel implements PieceModel {
	readonly #merger: WordMerger;
	readonly #options: ByteLevelOptions;
	readonly #cache = new WordCache((word) => this.#encodeWord(word));

	constructor(bpe: BpeModel, options: ByteLevelOptions) {
		this.#merger = new WordMerger(bpe);
		this.#options = options;
	}

	encodeInto(text: string, { from, to }: TextSpan, out: EncodingBuffer): void {
		const composed = this.#options.compose ? composeText(text.slice(from, to)) : undefined;
		if (composed === undefined) {
			this.#encodeComposed(text, from, to, out);
			return;
		}
		const inner = new EncodingBuffer(composed.text.length);
		this.#encodeComposed(composed.text, 0, composed.text.length, inner);
		const { ids, starts, ends } = inner.finish();
		for (let index = 0; index < ids.length; index++) {
			out.push(ids[index]!, from + composed.starts[starts[index]!]!, from + composed.ends[ends[index]! - 1]!);
		}
	}

	decode(pieces: readonly Uint8Array[]): string {
		return joinBytes(pieces);
	}

	#encodeComposed(text: string, from: number, to: number, out: EncodingBuffer): void {
		if (this.#options.addPrefixSpace && text.charCodeAt(from) !== 0x20) {
			this.#encodePrefixed(text, from, to, out);
			return;
		}
		const { next } = this.#options.split;
		for (let at = from; at < to; ) {
			const end = next(text, at, to);
			out.pushPacked(this.#cache.piecesOf(text.slice(at, end)), at);
			at = end;
		}
	}

	/** Encodes the text after an added space, which has the offsets of the first character, as in the library. */
	#encodePrefixed(text: string, from: number, to: number, out: EncodingBuffer): void {
		const prefixed = ` ${text.slice(from, to)}`;
		const first = text.codePointAt(from)! > 0xffff ? 2 : 1;
		const { next } = this.#options.split;
		for (let at = 0; at < prefixed.length; ) {
			const end = next(prefixed, at, prefixed.length);
			const packed = this.#cache.piecesOf(prefixed.slice(at, end));
			for (let index = 0; index < packed.length; index += 3) {
				const start = Math.max(0, at + packed[index + 1]! - 1);
				const end = Math.max(first, at + packed[index + 2]! - 1);
				out.push(packed[index]!, from + start, from + end);
			}
			at = end;
		}
	}

	#encodeWord(word: string): Int32Array {
		const whole = this.#options.wholeWord?.(word);
		return whole === undefined ? this.#merger.merge(word) : Int32Array.of(whole, 0, word.length);
	}
}

/** The text of pieces' bytes, one after the other. */
export function joinBytes(pieces: readonly Uint8Array[]): string {
	const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		bytes.set(piece, at);
		at += piece.length;
	}
	return decodeWtf8(bytes);
}
