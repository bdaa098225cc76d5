import type { Document } from "./document.ts";
import type { EncodedDocument } from "./encodeDocument.ts";

/**
 * The tokens of a record without those that it may lose and that a row of `room` tokens does not hold; undefined where
 * it may not lose enough.
 */
export function fitRecord(
	{ cuttable }: Pick<Document, "cuttable">,
	{ ids, starts, ends }: EncodedDocument,
	room: number,
): EncodedDocument | undefined {
	const excess = ids.length - room;
	if (excess <= 0) return { ids, starts, ends };
	const inside = (at: number): boolean =>
		cuttable !== undefined && starts[at]! >= cuttable.start && ends[at]! <= cuttable.end && starts[at]! < ends[at]!;
	const loose = Array.from(ids.keys()).filter(inside);
	if (loose.length < excess) return undefined;
	const lost = new Set(cuttable?.from === "start" ? loose.slice(0, excess) : loose.slice(-excess));
	const kept = (_: number, at: number): boolean => !lost.has(at);
	return { ids: ids.filter(kept), starts: starts.filter(kept), ends: ends.filter(kept) };
}
