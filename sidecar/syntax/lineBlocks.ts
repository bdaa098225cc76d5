/** A stretch of text, in UTF-16 code units. */
export type Range = readonly [start: number, end: number];

export interface BlockSize {
	/** A block has at most so many lines and characters, unless one statement is longer; then it is cut at lines. */
	readonly lines: number;
	readonly characters: number;
	/** A block of so many lines ends at the next blank line. */
	readonly enough: number;
}

/** `coarse` is for a first look: a third of the blocks, each of which costs time. */
export const blockSizes = {
	fine: { lines: 40, characters: 4000, enough: 20 },
	coarse: { lines: 150, characters: 8000, enough: 100 },
} as const satisfies Record<string, BlockSize>;

interface Piece {
	readonly start: number;
	readonly end: number;
	readonly lines: number;
}

/**
 * Cuts a stretch of text into blocks that begin at some of `cuts` (ascending places where something begins), and at
 * all of `sections`. What holds no letter and no digit makes no block.
 */
export function blocksOf(
	text: string,
	range: Range,
	cuts: readonly number[],
	{ sections, size = blockSizes.fine }: { sections?: ReadonlySet<number> | undefined; size?: BlockSize } = {},
): Range[] {
	const blocks: Range[] = [];
	let start = range[0];
	let end = start;
	let lines = 0;
	const finish = () => {
		const block = trimmed(text, [start, end]);
		if (block !== undefined) blocks.push(block);
		start = end;
		lines = 0;
	};
	for (const piece of piecesOf(text, range, { cuts, size })) {
		const tooLarge = lines + piece.lines > size.lines || piece.end - start > size.characters;
		const goodPlace = sections?.has(piece.start) || (lines >= size.enough && afterBlankLine(text, piece.start));
		if (end > start && (tooLarge || goodPlace)) finish();
		end = piece.end;
		lines += piece.lines;
	}
	finish();
	return blocks;
}

/** The places where the lines of a stretch of text begin. */
export function lineStarts(text: string, [start, end]: Range): number[] {
	const part = text.slice(start, end);
	const places = [start];
	for (let at = part.indexOf("\n"); at >= 0 && at + 1 < part.length; at = part.indexOf("\n", at + 1)) {
		places.push(start + at + 1);
	}
	return places;
}

/** The stretch between one cut and the next; what is too large falls into lines and long lines into parts. */
function* piecesOf(
	text: string,
	[start, end]: Range,
	{ cuts, size }: { cuts: readonly number[]; size: BlockSize },
): Iterable<Piece> {
	let from = start;
	for (const cut of [...cuts, end]) {
		if (cut <= from || cut > end) continue;
		const piece = { start: from, end: cut, lines: breaksIn(text, [from, cut]) };
		from = cut;
		if (piece.lines <= size.lines && piece.end - piece.start <= size.characters) yield piece;
		else yield* partsOf(text, piece, size);
	}
}

function* partsOf(text: string, { start, end }: Piece, size: BlockSize): Iterable<Piece> {
	const lines = lineStarts(text, [start, end]);
	for (const [place, line] of lines.entries()) {
		const stop = lines[place + 1] ?? end;
		for (let from = line; from < stop; ) {
			let to = Math.min(stop, from + size.characters);
			if (to < stop && /[\uDC00-\uDFFF]/.test(text[to]!)) to--;
			yield { start: from, end: to, lines: to === stop ? 1 : 0 };
			from = to;
		}
	}
}

function breaksIn(text: string, [start, end]: Range): number {
	const part = text.slice(start, end);
	let count = 0;
	for (let at = part.indexOf("\n"); at >= 0; at = part.indexOf("\n", at + 1)) count++;
	return count;
}

function afterBlankLine(text: string, place: number): boolean {
	let breaks = 0;
	for (let at = place - 1; at >= 0 && /\s/.test(text[at]!); at--) if (text[at] === "\n" && ++breaks === 2) return true;
	return false;
}

/** Without white space at both ends, and without what closes something before it. */
function trimmed(text: string, [start, end]: Range): Range | undefined {
	const part = text.slice(start, end);
	if (!/[\p{L}\p{N}]/u.test(part)) return undefined;
	return [start + /^[\s,;)}\]]*/.exec(part)![0].length, end - part.length + part.trimEnd().length];
}
