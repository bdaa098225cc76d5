import { type AddedToken, AddedTokens, type TextSpan } from "../addedTokens.ts";
import type { EncodingBuffer } from "../encodingBuffer.ts";
import type { PieceModel } from "../pieceTokenizer.ts";
import { WordCache } from "../wordCache.ts";
import { AlignedText } from "./alignedText.ts";
import type { Normalizer } from "./normalizers.ts";
import type { PreTokenizer } from "./preTokenizers.ts";

/** The stages of a tokenizer as `tokenizer.json` has them. */
export interface Pipeline {
	readonly normalizer: Normalizer;
	readonly preTokenizer: PreTokenizer;
	/** The pieces of a pre-token as id, start, end, id, start, end, ... with offsets counted in it. */
	readonly encodeWord: (word: string) => Int32Array;
	readonly decode: (pieces: readonly Uint8Array[]) => string;
	/** The added tokens that are to be found in normalised text. */
	readonly added: readonly AddedToken[];
}

/** A tokenizer put together from any stages that we know: each makes a new text that knows where it came from. */
export class PipelineModel implements PieceModel {
	readonly findsNormalized = true;
	readonly #pipeline: Pipeline;
	readonly #added: AddedTokens;
	readonly #cache: WordCache;

	constructor(pipeline: Pipeline) {
		this.#pipeline = pipeline;
		const { normalizer } = pipeline;
		this.#added = new AddedTokens(pipeline.added, ({ content }) => normalizer.apply(new AlignedText(content, 0)).text);
		this.#cache = new WordCache(pipeline.encodeWord);
	}

	encodeInto(text: string, { from, to, parseSpecial }: TextSpan, out: EncodingBuffer): void {
		const normalized = this.#pipeline.normalizer.apply(new AlignedText(text.slice(from, to), from));
		this.#added.split(
			normalized.text,
			{ from: 0, to: normalized.text.length, parseSpecial },
			{
				token: (id, start, end) => out.push(id, normalized.startOf(start), normalized.endOf(end - 1)),
				text: (start, end) =>
					this.#pipeline.preTokenizer.split(normalized.slice(start, end), (part) => this.#encodePart(part, out)),
			},
		);
	}

	decode(pieces: readonly Uint8Array[]): string {
		return this.#pipeline.decode(pieces);
	}

	#encodePart(part: AlignedText, out: EncodingBuffer): void {
		const packed = this.#cache.piecesOf(part.text);
		for (let index = 0; index < packed.length; index += 3) {
			out.push(packed[index]!, part.startOf(packed[index + 1]!), part.endOf(packed[index + 2]! - 1));
		}
	}
}
