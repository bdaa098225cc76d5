import { dataflowSpans } from "../syntax/dataflowSpans.ts";
import type { Annotator } from "./annotators/annotator.ts";
import { openAnnotators } from "./annotators/annotators.ts";
import { parsedDocument } from "./annotators/parsedDocument.ts";
import type { Document } from "./document.ts";
import { usualAnnotators } from "./masking/annotatorConfig.ts";
import type { Masking } from "./masking/config.ts";
import { classMark, regionMark, tokenMark } from "./masking/tokenMark.ts";

/** Places of tokens in a text, in UTF-16 code units, as a tokenizer tells them. */
interface TokenPlaces {
	readonly starts: Int32Array;
	readonly ends: Int32Array;
}

/** A document as its tokens are marked. */
type MarkedDocument = Pick<Document, "path" | "text" | "regions">;

/** Marks the tokens of documents. */
export type Marker = (document: MarkedDocument, places: TokenPlaces) => Promise<Int32Array>;

/**
 * A marker by the annotators of a masking; `folder` is where a file of spans is looked for, and above it. Throws as
 * `openAnnotators`, and the marker as its annotators do.
 */
export async function openMarker({ annotators }: Pick<Masking, "annotators">, folder: string): Promise<Marker> {
	const opened = await openAnnotators(annotators ?? usualAnnotators, { folder });
	return (document, places) => marksBy(opened, document, places);
}

/** What each token [tokens] of a document is in the grammar that its path tells, by the bits of `tokenMark`. Never throws; linear in the text. */
export async function marksOf(document: MarkedDocument, places: TokenPlaces): Promise<Int32Array> {
	return await marksBy(await openAnnotators(usualAnnotators, { folder: "" }), document, places);
}

async function marksBy(
	annotators: readonly Annotator[],
	source: MarkedDocument,
	{ starts, ends }: TokenPlaces,
): Promise<Int32Array> {
	const marks = new Int32Array(starts.length);
	const places = starts.map((start, token) => firstCharacter(source.text, start, ends[token]!));
	for (const text of textsOf(source)) {
		const document = parsedDocument(text);
		const inside = <Span extends TextRange>(spans: readonly Span[]): Span[] =>
			spans.map((span) => ({ ...span, start: text.at + span.start, end: text.at + span.end }));
		for (const annotator of annotators) {
			mark(marks, places, {
				spans: inside(await annotator.spans(document)),
				begins: tokenMark.spanBegins,
				replaced: tokenMark.spanClass | tokenMark.spanBegins,
				bitsOf: ({ spanClass }) => classMark(spanClass),
			});
		}
		if (document.language === undefined) continue;
		mark(marks, places, {
			spans: inside(dataflowSpans(await document.tree(), document.language)),
			begins: tokenMark.variableBegins,
			replaced: 0,
			bitsOf: ({ uses, gives }) => (uses ? tokenMark.uses : 0) | (gives ? tokenMark.gives : 0),
		});
	}
	const regions = source.regions ?? [];
	mark(marks, places, { spans: regions, begins: 0, replaced: 0, bitsOf: ({ name }) => regionMark(name) });
	for (const [token, start] of starts.entries()) if (start === ends[token]) marks[token] = 0;
	return marks;
}

interface TextRange {
	readonly start: number;
	readonly end: number;
}

/** The texts that are read each by itself, and where they begin: regions with a path, or the document. */
function textsOf({ path, text, regions = [] }: MarkedDocument): { path: string; text: string; at: number }[] {
	const own = regions.flatMap(({ start, end, path: regionPath }) =>
		regionPath === undefined ? [] : { path: regionPath, text: text.slice(start, end), at: start },
	);
	return own.length > 0 ? own : [{ path, text, at: 0 }];
}

interface Marking<Span> {
	readonly spans: readonly Span[];
	/** The bit of the first token of a span. */
	readonly begins: number;
	/** Bits that an earlier marking may have set and that these take the place of. */
	readonly replaced: number;
	readonly bitsOf: (span: Span) => number;
}

function mark<Span extends TextRange>(
	marks: Int32Array,
	places: Int32Array,
	{ spans, begins, replaced, bitsOf }: Marking<Span>,
): void {
	let at = 0;
	let last = -1;
	for (let token = 0; token < places.length; token++) {
		while (at < spans.length && spans[at]!.end <= places[token]!) at++;
		const span = spans[at];
		if (span === undefined) return;
		if (places[token]! < span.start) continue;
		marks[token] = (marks[token]! & ~replaced) | bitsOf(span) | (last === at ? 0 : begins);
		last = at;
	}
}

/** The place of the first character of a token that is not blank; its start where all are. */
function firstCharacter(text: string, start: number, end: number): number {
	for (let at = start; at < end; at++) if (text[at]!.trim() !== "") return at;
	return start;
}
