import { type PackedRows, packDocuments, padDocuments } from "../../data/packing.ts";

/** How documents become rows: the `data.packing` of a recipe. */
export type Packing = "isolated" | "padded";

type Special = Parameters<typeof packDocuments>[1]["special"];

/** The rows that a document fills, beside others perhaps, and where each of its tokens stands in them. */
export interface DocumentRows {
	readonly rows: PackedRows;
	/**
	 * By token of the document: its row, and its column there; a row of -1 for one that stands in none. A token that the
	 * last row repeats: as it stands first.
	 */
	readonly row: Int32Array;
	readonly column: Int32Array;
}

/** Packs a document as a run on it alone would. */
export function packAlone(
	ids: Int32Array,
	options: { readonly packing: Packing; readonly sequenceLength: number; readonly special: Special },
): DocumentRows {
	const { packing } = options;
	const pack = packing === "isolated" ? packDocuments : padDocuments;
	return placeIn(pack([ids], options), { ids, packing, start: 0 });
}

/** Finds a document, whole and unchanged, among the rows of a run; undefined when it is not there. */
export function findInRows(
	rows: PackedRows,
	ids: Int32Array,
	{ packing, special }: { readonly packing: Packing; readonly special: Special },
): DocumentRows | undefined {
	const start = packing === "isolated" ? findInStream(rows, ids, special) : findInPaddedRows(rows, ids);
	return start === undefined ? undefined : placeIn(rows, { ids, packing, start });
}

/** The same with the marks of the document's tokens in its rows (`tokenMark`); other documents there have none. */
export function markRows({ rows, row, column }: DocumentRows, marks: Int32Array): DocumentRows {
	const { sequenceLength, count, repeated } = rows;
	const inRows = new Int32Array(rows.tokens.length);
	marks.forEach((mark, token) => {
		if (row[token]! >= 0) inRows[row[token]! * sequenceLength + column[token]!] = mark;
	});
	const last = (count - 1) * sequenceLength; // it begins with the end of the row before
	if (repeated > 0) inRows.copyWithin(last, last - repeated, last);
	return { rows: { ...rows, marks: inRows }, row, column };
}

/** Where the tokens of a document stand: `start` is the place of its [CLS] in the stream, or of padded rows its first row. */
export function placeIn(
	rows: PackedRows,
	{ ids, packing, start }: { ids: Int32Array; packing: Packing; start: number },
): DocumentRows {
	const row = new Int32Array(ids.length);
	const column = new Int32Array(ids.length);
	const room = rows.sequenceLength - 2;
	for (let at = 0; at < ids.length; at++) {
		const [inRow, inColumn] =
			packing === "isolated" ? streamPlace(rows, start + 1 + at) : [start + Math.floor(at / room), 1 + (at % room)];
		row[at] = inRow;
		column[at] = inColumn;
	}
	return { rows, row, column };
}

/** Row and column of a place in the stream: the last row begins `repeated` tokens early. */
function streamPlace({ count, sequenceLength, repeated }: PackedRows, at: number): [row: number, column: number] {
	const last = count - 1;
	return at < last * sequenceLength
		? [Math.floor(at / sequenceLength), at % sequenceLength]
		: [last, at - last * sequenceLength + repeated];
}

function findInStream(rows: PackedRows, ids: Int32Array, { cls, sep }: Special): number | undefined {
	const length = rows.count * rows.sequenceLength - rows.repeated;
	const tokenAt = (at: number): number => {
		const [row, column] = streamPlace(rows, at);
		return rows.tokens[row * rows.sequenceLength + column]!;
	};
	for (let start = 0; start + ids.length + 2 <= length; start++) {
		if (tokenAt(start) !== cls || tokenAt(start + ids.length + 1) !== sep) continue;
		if (ids.every((id, at) => tokenAt(start + 1 + at) === id)) return start;
	}
	return undefined;
}

/** A piece of the document fills each of its rows but the last, which ends with the document. */
function findInPaddedRows(rows: PackedRows, ids: Int32Array): number | undefined {
	const { sequenceLength, count, tokens, segments } = rows;
	const room = sequenceLength - 2;
	const needed = Math.max(1, Math.ceil(ids.length / room));
	for (let first = 0; first + needed <= count; first++) {
		const end = ids.length - (needed - 1) * room + 2; // columns that the last row fills
		const last = (first + needed - 1) * sequenceLength;
		if (segments[last + end - 1] !== 0 || (end < sequenceLength && segments[last + end] !== -1)) continue;
		const sameId = (id: number, at: number): boolean =>
			tokens[(first + Math.floor(at / room)) * sequenceLength + 1 + (at % room)] === id;
		if (ids.every(sameId)) return first;
	}
	return undefined;
}
