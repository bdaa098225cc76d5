import { isSpecial, type TokenRow } from "../pieces.ts";

/** A row whose positions a strategy may choose where `maskable` is 1 [sequenceLength]. */
export interface RowView extends TokenRow {
	readonly maskable: Uint8Array;
}

/** The view of a row in which every token but the special ones and padding may be chosen. */
export function rowView(row: TokenRow): RowView {
	const maskable = new Uint8Array(row.tokens.length);
	for (let at = 0; at < maskable.length; at++) {
		if (row.segments[at]! >= 0 && !isSpecial(row.pieces, row.tokens[at]!)) maskable[at] = 1;
	}
	return { ...row, maskable };
}
