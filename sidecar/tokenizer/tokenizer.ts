/** The special tokens a masked language model needs, each by the part that it plays. */
export const specialRoles = ["cls", "sep", "mask", "pad", "unk"] as const;

/** One part that a special token plays. */
export type SpecialRole = (typeof specialRoles)[number];

/**
 * The id of each special token. Reading one that the tokenizer lacks throws
 * `tokenizerInvalid`, so a tokenizer without a mask loads and encodes, and fails
 * with a sentence where a mask is first needed; `specialId` asks without throwing.
 */
export type SpecialIds = { readonly [Role in SpecialRole]: number };

/** The pieces of a text: `ids[i]` stands for the UTF-16 code units `starts[i]` up to `ends[i]` of it. */
export interface Encoding {
	readonly ids: Int32Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
}

/** What a piece shows: letters, digits and underscores; blanks and line breaks alone; or anything else. */
export type PieceClass = "word" | "punctuation" | "space";

/** `parseSpecial`: whether "<mask>" and the like in the text become special tokens; ordinary text otherwise. */
export interface EncodeOptions {
	readonly parseSpecial?: boolean;
}

/** `skipSpecial`: leave special tokens out; by default their own text is written. */
export interface DecodeOptions {
	readonly skipSpecial?: boolean;
}

/** Turns text into ids of a fixed vocabulary and back. */
export interface Tokenizer {
	readonly kind: "bpe" | "wordpiece" | "unigram";
	/** One more than the largest id. */
	readonly vocabularySize: number;
	readonly special: SpecialIds;
	readonly specialIds: ReadonlySet<number>;
	/** The text of the mask token; throws `tokenizerInvalid` when there is none. */
	readonly maskToken: string;
	/** The id that plays this part, or undefined when the tokenizer has none. */
	specialId(role: SpecialRole): number | undefined;
	/** The pieces of a text; adds no special tokens around it. */
	encode(text: string, options?: EncodeOptions): Encoding;
	/** The text of some ids; an id without a token is the empty text. */
	decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
	/** The entry of the vocabulary as the file spells it, or "" for an id without one. */
	token(id: number): string;
	idOf(token: string): number | undefined;
	/** What one piece reads as on its own; bytes that are a part of a character read as U+FFFD. */
	tokenText(id: number): string;
	/**
	 * Whether the piece can only begin a word: after a blank, or not a word's character at all. A byte-level
	 * piece such as "name" may stand first ("(name") or inside ("user|name"): `continuesWord` tells by its neighbour.
	 */
	startsWord(id: number): boolean;
	/** Whether `id`, standing directly after `previous`, goes on with the same identifier, number or character. */
	continuesWord(previous: number, id: number): boolean;
	pieceClass(id: number): PieceClass;
	/** The Hugging Face `tokenizer.json` as plain data. */
	toJSON(): unknown;
}
