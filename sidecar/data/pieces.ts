import { isKeyword } from "./keywords.ts";

/** What the room needs to know of a tokenizer; the tokenizer room's `Tokenizer` is one. */
export interface PieceSource {
	readonly kind: "bpe" | "wordpiece" | "unigram";
	readonly vocabularySize: number;
	readonly specialIds: ReadonlySet<number>;
	/** What one piece reads as on its own. */
	tokenText(id: number): string;
	token(id: number): string | undefined;
}

/** What every id of a vocabulary looks like, computed once: indexed by id. */
export interface PieceTable {
	readonly vocabularySize: number;
	/** A union of the bits of `pieceFlag` for each id. */
	readonly flags: Uint8Array;
	/** The text of each id without a leading space or `##`; empty for special ids. */
	readonly texts: readonly string[];
	/** The ids that are not special, ascending: what a random replacement draws from. */
	readonly ordinary: Int32Array;
}

/** Bits of `PieceTable.flags`. */
const pieceFlag = {
	special: 1,
	/** Nothing but letters, digits and underscores. */
	word: 2,
	/** The first character, after any white space, is a letter, digit or underscore. */
	headWord: 4,
	/** The last character is a letter, digit or underscore. */
	tailWord: 8,
	/** Never continues the word before it: white space comes first, or WordPiece has no `##`. */
	begins: 16,
} as const;

/** Positions [start, end) of one row. */
export interface Unit {
	readonly start: number;
	readonly end: number;
}

const wordText = /^[\p{L}\p{N}\p{M}_]+$/u;
const headText = /^\s*[\p{L}\p{N}\p{M}_]/u;
const tailText = /[\p{L}\p{N}\p{M}_]$/u;

/** Looks at every id of a tokenizer once; half a second for 50,000 ids at most. */
export function pieceTable(source: PieceSource): PieceTable {
	const flags = new Uint8Array(source.vocabularySize);
	const texts: string[] = [];
	const ordinary: number[] = [];
	for (let id = 0; id < source.vocabularySize; id++) {
		if (source.specialIds.has(id)) {
			flags[id] = pieceFlag.special;
			texts.push("");
			continue;
		}
		ordinary.push(id);
		const text = pieceText(source, id);
		flags[id] = textFlags(text.whole, text.continues);
		texts.push(text.whole.trimStart());
	}
	return { vocabularySize: source.vocabularySize, flags, texts, ordinary: Int32Array.from(ordinary) };
}

function pieceText(source: PieceSource, id: number): { whole: string; continues: boolean } {
	if (source.kind !== "wordpiece") return { whole: source.tokenText(id), continues: true };
	const token = source.token(id) ?? "";
	return token.startsWith("##") ? { whole: token.slice(2), continues: true } : { whole: token, continues: false };
}

function textFlags(text: string, continues: boolean): number {
	let flags = 0;
	if (wordText.test(text.trimStart())) flags |= pieceFlag.word;
	if (headText.test(text)) flags |= pieceFlag.headWord;
	if (tailText.test(text)) flags |= pieceFlag.tailWord;
	if (!continues || /^\s/.test(text)) flags |= pieceFlag.begins;
	return flags;
}

/** Whether `id` is letters and digits alone: the pieces that `wordTop1` counts. */
export function isWordPiece(pieces: PieceTable, id: number): boolean {
	return (pieces.flags[id]! & pieceFlag.word) !== 0;
}

/** Whether `id` is a special token, which is never masked, counted or drawn. */
export function isSpecial(pieces: PieceTable, id: number): boolean {
	return (pieces.flags[id]! & pieceFlag.special) !== 0;
}

/** Whether the piece at `position` goes on with the word of the piece before it. */
function continuesWord(row: TokenRow, position: number): boolean {
	if (position === 0 || row.segments[position] !== row.segments[position - 1]) return false;
	const flags = row.pieces.flags[row.tokens[position]!]!;
	const before = row.pieces.flags[row.tokens[position - 1]!]!;
	return (flags & pieceFlag.headWord) !== 0 && (flags & pieceFlag.begins) === 0 && (before & pieceFlag.tailWord) !== 0;
}

/** One packed row with the table of its vocabulary. */
export interface TokenRow {
	/** Token ids [sequenceLength]. */
	readonly tokens: Int32Array;
	/** Segment numbers [sequenceLength], -1 on padding. */
	readonly segments: Int32Array;
	readonly pieces: PieceTable;
	/** What each token is in the grammar [sequenceLength], by the bits of `tokenMark`. */
	readonly marks?: Int32Array;
}

/**
 * Cuts a row into its words: maximal runs of word pieces of one word, and every other piece alone.
 * Special tokens and padding belong to no unit. Units come in order and never overlap.
 */
export function wordUnits(row: TokenRow): Unit[] {
	const units: Unit[] = [];
	const { tokens, segments, pieces } = row;
	for (let at = 0; at < tokens.length; ) {
		if (segments[at]! < 0 || isSpecial(pieces, tokens[at]!)) {
			at++;
			continue;
		}
		const start = at++;
		if (!isWordPiece(pieces, tokens[start]!)) {
			units.push({ start, end: at });
			continue;
		}
		while (at < tokens.length && isWordPiece(pieces, tokens[at]!) && continuesWord(row, at)) at++;
		units.push({ start, end: at });
	}
	return units;
}

/**
 * The words of a row that are whole identifiers: they begin with a letter or underscore, are no
 * keyword of any language in `keywords.ts`, and are not cut by the row's or a piece's edge.
 */
export function identifierUnits(row: TokenRow): Unit[] {
	return wordUnits(row).filter((unit) => isIdentifier(row, unit));
}

function isIdentifier(row: TokenRow, unit: Unit): boolean {
	const { tokens, segments, pieces } = row;
	if (!isWordPiece(pieces, tokens[unit.start]!)) return false;
	if (unit.start === 0 || unit.end === tokens.length) return false;
	if (continuesWord(row, unit.start)) return false;
	if (segments[unit.end] === segments[unit.start] && continuesWord(row, unit.end)) return false;
	let text = "";
	for (let at = unit.start; at < unit.end; at++) text += pieces.texts[tokens[at]!]!;
	return /^[\p{L}_]/u.test(text) && !isKeyword(text);
}
