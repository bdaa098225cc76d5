import { tokenMark } from "../../data/masking/tokenMark.ts";
import { marksOf } from "../../data/tokenMarks.ts";
import { type SpanClass, spanClasses } from "../../syntax/namedSpans.ts";
import type { InspectedRow } from "./textTokens.ts";

/** What each token of a row is in the grammar of its file; null in no span, and where no grammar reads the file. */
export async function tokenClasses(
	{ text, path = "" }: { readonly text: string; readonly path?: string | undefined },
	{ starts, ends, special }: InspectedRow,
): Promise<(SpanClass | null)[]> {
	const inner = { starts: starts.subarray(1, -1), ends: ends.subarray(1, -1) }; // marks go by ascending places
	const marks = await marksOf({ path, text }, inner);
	return Array.from(special, (isSpecial, at) => {
		return isSpecial ? null : (spanClasses[(marks[at - 1]! & tokenMark.spanClass) - 1] ?? null);
	});
}
