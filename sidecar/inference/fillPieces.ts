import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** What a fill may be made of: looked up once for each id of a vocabulary. */
export interface FillPieces {
	/** Whether the tokenizer makes the blank before a word a part of the word's first piece, as byte-level BPE and Unigram do. */
	readonly joinsBlank: boolean;
	/** A union of the bits of `fillPiece` for each id. */
	readonly kinds: Uint8Array;
}

/** Bits of `FillPieces.kinds`. A piece that cannot be shown (special, a line break, a part of a character) has none. */
export const fillPiece = {
	/** More than a blank. */
	visible: 1,
	/** One blank, then something visible or nothing: a small vocabulary may have no piece of it and the next letter. */
	blankFirst: 2,
	/** Begins with something visible. */
	bareFirst: 4,
	/** Letters, digits and underscores alone, but for a first blank; or that blank. */
	word: 8,
	/** May stand where no word is under way; only WordPiece's `##` pieces may not. */
	opens: 16,
	/** May go on with a word; WordPiece needs `##` for it. */
	continues: 32,
} as const;

const visibleText = /^ ?[^\s\uFFFD\p{Cc}]+$/u;
const wordText = /^ ?[\p{L}\p{M}\p{N}_]+$/u;

/** Looks at every id of a tokenizer once. */
export function fillPieces(tokenizer: Tokenizer): FillPieces {
	return {
		joinsBlank: tokenizer.kind !== "wordpiece", // every pattern of `tokenizer/splitPatterns.ts` does, and SentencePiece
		kinds: Uint8Array.from({ length: tokenizer.vocabularySize }, (_, id) => kindOf(tokenizer, id)),
	};
}

function kindOf(tokenizer: Tokenizer, id: number): number {
	const text = tokenizer.specialIds.has(id) ? "" : tokenizer.tokenText(id);
	if (text === " ") return fillPiece.blankFirst | fillPiece.word | fillPiece.opens;
	if (!visibleText.test(text)) return 0;
	const word = wordText.test(text) ? fillPiece.word : 0;
	const first = text.startsWith(" ") ? fillPiece.blankFirst : fillPiece.bareFirst;
	const always = fillPiece.visible | first | word;
	if (tokenizer.kind !== "wordpiece") return always | fillPiece.opens | fillPiece.continues;
	return always | (tokenizer.token(id).startsWith("##") ? fillPiece.continues : fillPiece.opens);
}
