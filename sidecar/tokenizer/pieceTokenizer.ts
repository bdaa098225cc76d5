import { type AddedToken, AddedTokens, type TextSpan } from "./addedTokens.ts";
import { EncodingBuffer } from "./encodingBuffer.ts";
import { describePieces, type PieceTraits } from "./pieceTraits.ts";
import type { SpecialTokens } from "./specialTokens.ts";
import type {
	DecodeOptions,
	EncodeOptions,
	Encoding,
	PieceClass,
	SpecialIds,
	SpecialRole,
	Tokenizer,
} from "./tokenizer.ts";
import { decodeWtf8, encodeWtf8 } from "./wtf8.ts";

/** The part of a tokenizer that cuts ordinary text into pieces and joins pieces again. */
export interface PieceModel {
	/** Adds the pieces of a part of a text, with offsets in `text`. */
	encodeInto(text: string, span: TextSpan, out: EncodingBuffer): void;
	/** The text of pieces given by what `pieceBytes` says of each. */
	decode(pieces: readonly Uint8Array[]): string;
	/** Whether the model itself finds the added tokens that are `normalized`, in the text that it has normalised. */
	readonly findsNormalized?: boolean;
}

/** What a tokenizer is put together from. */
export interface TokenizerParts {
	readonly kind: Tokenizer["kind"];
	readonly model: PieceModel;
	/** The vocabulary with the added tokens. */
	readonly ids: ReadonlyMap<string, number>;
	readonly added: readonly AddedToken[];
	readonly special: SpecialTokens;
	/** The bytes that a token of the vocabulary stands for. */
	readonly pieceBytes: (token: string) => Uint8Array;
	readonly json: unknown;
}

/** A tokenizer over any piece model: finds added tokens, lets the model encode the rest, and answers about pieces. */
export class PieceTokenizer implements Tokenizer {
	readonly kind: Tokenizer["kind"];
	readonly vocabularySize: number;
	readonly special: SpecialIds;
	readonly specialIds: ReadonlySet<number>;
	readonly #parts: TokenizerParts;
	/** Added tokens that are found in the text as it is, the second in what the first leave. */
	readonly #added: AddedTokens;
	readonly #normalized: AddedTokens;
	readonly #tokens: (string | undefined)[];
	readonly #bytes: (Uint8Array | undefined)[] = [];
	readonly #addedText: ReadonlyMap<number, string>;
	#traits: PieceTraits | undefined;

	constructor(parts: TokenizerParts) {
		this.kind = parts.kind;
		this.#parts = parts;
		this.#added = new AddedTokens(parts.added.filter((token) => !token.normalized));
		const left = parts.model.findsNormalized ? [] : parts.added.filter((token) => token.normalized);
		this.#normalized = new AddedTokens(left);
		this.#addedText = new Map(parts.added.map((token) => [token.id, token.content]));
		this.#tokens = [];
		for (const [token, id] of parts.ids) this.#tokens[id] = token;
		this.vocabularySize = this.#tokens.length;
		this.special = parts.special.ids;
		this.specialIds = parts.special.all;
	}

	get maskToken(): string {
		return this.token(this.special.mask);
	}

	specialId(role: SpecialRole): number | undefined {
		return this.#parts.special.find(role);
	}

	encode(text: string, options: EncodeOptions = {}): Encoding {
		const out = new EncodingBuffer((text.length >> 1) + 16);
		const parseSpecial = options.parseSpecial ?? false;
		const token = (id: number, from: number, to: number): void => out.push(id, from, to);
		const encode = (from: number, to: number): void =>
			this.#parts.model.encodeInto(text, { from, to, parseSpecial }, out);
		this.#added.split(
			text,
			{ from: 0, to: text.length, parseSpecial },
			{
				token,
				text: (from, to) => this.#normalized.split(text, { from, to, parseSpecial }, { token, text: encode }),
			},
		);
		return out.finish();
	}

	decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
		const pieces: Uint8Array[] = [];
		for (let index = 0; index < ids.length; index++) {
			const id = ids[index]!;
			if (!(options.skipSpecial && this.specialIds.has(id))) pieces.push(this.#bytesOf(id));
		}
		return this.#parts.model.decode(pieces);
	}

	token(id: number): string {
		return this.#tokens[id] ?? "";
	}

	idOf(token: string): number | undefined {
		return this.#parts.ids.get(token);
	}

	tokenText(id: number): string {
		const text = decodeWtf8(this.#bytesOf(id));
		return this.kind === "wordpiece" && this.#isContinuation(id) ? text.slice(2) : text;
	}

	startsWord(id: number): boolean {
		return this.#describe().startsWord(id);
	}

	continuesWord(previous: number, id: number): boolean {
		return this.#describe().continuesWord(previous, id);
	}

	pieceClass(id: number): PieceClass {
		return this.#describe().pieceClass(id);
	}

	toJSON(): unknown {
		return this.#parts.json;
	}

	#describe(): PieceTraits {
		this.#traits ??= describePieces(this.vocabularySize, {
			text: (id) => this.tokenText(id),
			isSpecial: (id) => this.specialIds.has(id),
			...(this.kind === "wordpiece"
				? { isContinuation: (id: number) => this.#isContinuation(id) }
				: { firstByte: (id: number) => this.#bytesOf(id)[0] }),
		});
		return this.#traits;
	}

	#isContinuation(id: number): boolean {
		return this.token(id).startsWith("##") && !this.#addedText.has(id);
	}

	#bytesOf(id: number): Uint8Array {
		const known = this.#bytes[id];
		if (known !== undefined) return known;
		const added = this.#addedText.get(id);
		const bytes = added === undefined ? this.#parts.pieceBytes(this.token(id)) : encodeWtf8(added);
		if (id >= 0 && id < this.vocabularySize) this.#bytes[id] = bytes;
		return bytes;
	}
}
