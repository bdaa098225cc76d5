import type { Document } from "./document.ts";

/** Token ids [tokens] with their places in the document's text, in UTF-16 code units. */
export interface EncodedDocument {
	readonly ids: Int32Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
}

/** What is needed of a tokenizer; the tokenizer room's `Tokenizer` is one. */
interface TextEncoder {
	readonly special: { readonly sep: number };
	encode(text: string): EncodedDocument;
	idOf(token: string): number | undefined;
}

/**
 * The tokens of a document. A text with regions is cut at their edges, so that no token straddles one; the blank before
 * a region goes to it where it then has no more tokens, since byte-level pieces carry the blank before a word (" A").
 * Otherwise the blank before an answer is left out: a token there for some answers alone would tell which ones they are.
 * Special tokens between them have the empty stretch where they stand.
 */
export function encodeDocument(
	document: Pick<Document, "text" | "regions" | "insertions">,
	tokenizer: TextEncoder,
): EncodedDocument {
	const { text, regions = [], insertions = [] } = document;
	if (regions.length === 0 && insertions.length === 0) return tokenizer.encode(text);
	const pieces: EncodedDocument[] = [];
	const starts = regions.map((region) => withBlank(text, region, tokenizer));
	const leftOut = new Set(
		regions.flatMap(({ name, start }, at) =>
			name === "answer" && starts[at] === start && text[start - 1] === " " ? [start - 1] : [],
		),
	);
	const edges = [0, ...starts, ...leftOut, ...regions.map(({ end }) => end), text.length];
	const cuts = [...new Set([...edges, ...insertions.map(({ at }) => at)])].sort((a, b) => a - b);
	for (const [index, start] of cuts.entries()) {
		for (const { at, token } of insertions) {
			const id = token === "sep" ? tokenizer.special.sep : tokenizer.idOf(token.named);
			if (at === start && id !== undefined) pieces.push(specialPiece(id, at));
		}
		const end = cuts[index + 1];
		if (end !== undefined && !leftOut.has(start)) pieces.push(shifted(tokenizer.encode(text.slice(start, end)), start));
	}
	return {
		ids: joined(pieces.map(({ ids }) => ids)),
		starts: joined(pieces.map(({ starts }) => starts)),
		ends: joined(pieces.map(({ ends }) => ends)),
	};
}

/** Where the piece of a region begins: one earlier where a blank before it costs no token. */
function withBlank(text: string, region: { start: number; end: number }, tokenizer: TextEncoder): number {
	const { start, end } = region;
	if (text[start - 1] !== " ") return start;
	const [alone, after] = [start, start - 1].map((from) => tokenizer.encode(text.slice(from, end)).ids.length);
	return after! <= alone! ? start - 1 : start;
}

function specialPiece(id: number, at: number): EncodedDocument {
	return { ids: Int32Array.of(id), starts: Int32Array.of(at), ends: Int32Array.of(at) };
}

function shifted({ ids, starts, ends }: EncodedDocument, by: number): EncodedDocument {
	return { ids, starts: starts.map((at) => at + by), ends: ends.map((at) => at + by) };
}

function joined(parts: readonly Int32Array[]): Int32Array {
	const whole = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
