import type { MarkClass } from "../masking/tokenMark.ts";
import type { ParsedDocument } from "./parsedDocument.ts";

/** A stretch of a text and what it is, in UTF-16 code units. */
export interface TypedSpan {
	readonly start: number;
	readonly end: number;
	readonly spanClass: MarkClass;
}

/** Finds the spans of documents, ascending and not overlapping. */
export interface Annotator {
	spans(document: ParsedDocument): Promise<readonly TypedSpan[]>;
}
