/** A heading that stands over the results of one file or of one group. */
export interface HeadingRow {
	readonly kind: "heading";
	readonly key: string;
	readonly text: string;
	/** Beside the text, fainter, such as the folder. */
	readonly aside: string;
	/** At the right end, such as how many. */
	readonly badge: string;
}

/** A result. */
export interface ResultRow {
	readonly kind: "result";
	/** Stays the same when the same code is found again, so that the selection stays on it. */
	readonly key: string;
	readonly icon: "function" | "method" | "class" | "block";
	readonly title: string;
	/** Beside the title, fainter. */
	readonly aside: string;
	/** Why it is here; empty: no such line. */
	readonly reasons: string;
	readonly code: readonly CodeLine[];
	/** Of the code, for its colours. */
	readonly language: string | null;
	/** What a screen reader says for all of it. */
	readonly spoken: string;
}

/** A line of code with its number in the file; the terms to mark stand in lower case. */
export interface CodeLine {
	readonly number: number;
	readonly text: string;
	readonly terms: readonly string[];
}

export type Row = HeadingRow | ResultRow;

/** Heights in CSS pixels; resultList.css gives the parts of a row the same. */
const heights = { heading: 24, padding: 9, title: 20, reasons: 16, codeLine: 17, codePadding: 4 } as const;

export function heightOf(row: Row): number {
	if (row.kind === "heading") return heights.heading;
	const reasons = row.reasons === "" ? 0 : heights.reasons;
	const code = row.code.length === 0 ? 0 : heights.codePadding + row.code.length * heights.codeLine;
	return heights.padding + heights.title + reasons + code;
}

/** Where each row begins; one more entry than rows, the last being the height of all. */
export function offsetsOf(rows: readonly Row[]): Float64Array {
	const offsets = new Float64Array(rows.length + 1);
	for (const [place, row] of rows.entries()) offsets[place + 1] = (offsets[place] ?? 0) + heightOf(row);
	return offsets;
}

/** The rows [first, end) that a window of the list from `top` to `bottom` touches. */
export function rowsWithin(offsets: Float64Array, top: number, bottom: number): readonly [first: number, end: number] {
	const count = offsets.length - 1;
	const first = Math.max(0, firstBeyond(offsets, top) - 1);
	return [Math.min(first, count), Math.min(count, firstBeyond(offsets, bottom))];
}

/** The place of the first offset that is greater than `value`, by halving. */
function firstBeyond(offsets: Float64Array, value: number): number {
	let [low, high] = [0, offsets.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((offsets[middle] ?? Number.POSITIVE_INFINITY) > value) high = middle;
		else low = middle + 1;
	}
	return low;
}
