import type { PieceClass } from "./tokenizer.ts";

/** What can be told of a piece by its id alone, and of two neighbours. */
export interface PieceTraits {
	startsWord(id: number): boolean;
	continuesWord(previous: number, id: number): boolean;
	pieceClass(id: number): PieceClass;
}

/** Where the traits are read from. WordPiece says itself which pieces continue; bytes tell it by their characters. */
export interface PieceSource {
	readonly text: (id: number) => string;
	readonly isSpecial: (id: number) => boolean;
	readonly isContinuation?: (id: number) => boolean;
	readonly firstByte?: (id: number) => number | undefined;
}

const bits = { mayContinue: 1, alwaysContinues: 2, endsInWord: 4, word: 8, space: 16 } as const;
const wordStart = /^[\p{L}\p{M}\p{N}_]/u;
const wordEnd = /[\p{L}\p{M}\p{N}_]$/u;
const wordOnly = /^\p{White_Space}*[\p{L}\p{M}\p{N}_]+$/u;
const spaceOnly = /^\p{White_Space}+$/u;

/** Reads the traits of every id once into a table. */
export function describePieces(vocabularySize: number, source: PieceSource): PieceTraits {
	const table = Uint8Array.from({ length: vocabularySize }, (_, id) => bitsOf(id, source));
	const has = (id: number, bit: number): boolean => ((table[id] ?? 0) & bit) !== 0;
	return {
		startsWord: (id) => !has(id, bits.mayContinue | bits.alwaysContinues),
		continuesWord: (previous, id) =>
			has(id, bits.alwaysContinues) || (has(id, bits.mayContinue) && has(previous, bits.endsInWord)),
		pieceClass: (id) => (has(id, bits.word) ? "word" : has(id, bits.space) ? "space" : "punctuation"),
	};
}

function bitsOf(id: number, source: PieceSource): number {
	if (source.isSpecial(id)) return 0;
	const text = source.text(id);
	const visible = wordOnly.test(text) ? bits.word : spaceOnly.test(text) ? bits.space : 0;
	if (source.isContinuation !== undefined) return visible | (source.isContinuation(id) ? bits.alwaysContinues : 0);
	const first = source.firstByte?.(id) ?? 0;
	const insideCharacter = first >= 0x80 && first < 0xc0;
	return (
		visible |
		(insideCharacter ? bits.alwaysContinues : 0) |
		(wordStart.test(text) ? bits.mayContinue : 0) |
		(wordEnd.test(text) ? bits.endsInWord : 0)
	);
}
