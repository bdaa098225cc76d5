import { createRandom, shuffle } from "../base/random.ts";
import { packedRow } from "./collate.ts";
import type { PackedRows } from "./packing.ts";
import { identifierUnits, type PieceTable } from "./pieces.ts";

/** One whole identifier in packed rows: the positions [start, end) of row `row`. */
export interface IdentifierSite {
	readonly row: number;
	readonly start: number;
	readonly end: number;
}

/** The longest identifier that the metric asks for, in pieces. */
const maximumPieces = 6;

/**
 * Up to `perRow` identifiers of one to six pieces in each row, drawn by the seed: what `identifierTop1` masks,
 * one at a time. Keywords and identifiers that the edge of a row may cut are not drawn.
 */
export function identifierSites(
	rows: PackedRows,
	pieces: PieceTable,
	options: { readonly perRow: number; readonly seed: number },
): IdentifierSite[] {
	const sites: IdentifierSite[] = [];
	for (let row = 0; row < rows.count; row++) {
		const units = identifierUnits(packedRow(rows, row, pieces)).filter(
			(unit) => unit.end - unit.start <= maximumPieces,
		);
		const drawn = shuffle(units, createRandom(options.seed, siteStream, row)).slice(0, options.perRow);
		for (const unit of drawn.sort((a, b) => a.start - b.start)) sites.push({ row, start: unit.start, end: unit.end });
	}
	return sites;
}

/** Keeps the draw of sites apart from that of masks. */
const siteStream = 0x73697465;
