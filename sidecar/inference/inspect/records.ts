/** Records that a recipe reads of a file, written as its rows have them. */
import type { Document } from "../../data/document.ts";
import type { EncodedDocument } from "../../data/encodeDocument.ts";
import type { PackedRows } from "../../data/packing.ts";
import type { MasksReport } from "../../protocol/inspect/masks.ts";
import type { Span } from "../../protocol/masks.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { type DocumentRows, findInRows, type Packing, placeIn } from "./documentRows.ts";
import { lineAt, lineStarts, type TextTokens } from "./textTokens.ts";

/** The documents that a reader made of a file, their tokens, and the rows that a run on this file alone would have. */
export interface ReadRecords {
	readonly documents: readonly Pick<Document, "path" | "text" | "line">[];
	readonly encodings: readonly EncodedDocument[];
	readonly rows: PackedRows;
}

/** All records as one text with its tokens, and where these stand in rows. */
export interface PlacedRecords {
	readonly tokens: TextTokens;
	readonly document: DocumentRows;
	readonly placed: MasksReport["placed"];
	readonly records: NonNullable<MasksReport["records"]>;
}

/** Stands where a record lost tokens to fit into a row. */
const cut = "…";

/** Stands between two records. */
const apart = "\n\n";

/**
 * The records in the rows of the run where it has some of them, which may hold others out; else in rows of their own.
 * Special tokens within a record, such as [SEP] between the two texts of a pair, are written as they are named.
 */
export function placeRecords(
	{ documents, encodings, rows }: ReadRecords,
	{ tokenizer, packing, runRows }: { tokenizer: Tokenizer; packing: Packing; runRows: PackedRows | undefined },
): PlacedRecords {
	const { special } = tokenizer;
	const inRun = encodings.map(({ ids }) => runRows && findInRows(runRows, ids, { packing, special }));
	const isOfRun = inRun.some((found) => found !== undefined);
	const written = writeRecords(documents, encodings, tokenizer);
	const starts = startsAlone(encodings, { packing, rows });
	const [row, column] = [new Int32Array(written.tokens.ids.length).fill(-1), new Int32Array(written.tokens.ids.length)];
	const list = documents.map(({ path, line }, index) => {
		const { ids } = encodings[index]!;
		const place = isOfRun ? inRun[index] : placeIn(rows, { ids, packing, start: starts[index]! });
		if (place !== undefined) {
			row.set(place.row, written.first[index]!);
			column.set(place.column, written.first[index]!);
		}
		return { ...written.spans[index]!, name: path, line: line ?? null, row: place?.row[0] ?? null };
	});
	return {
		tokens: written.tokens,
		document: { rows: isOfRun ? runRows! : rows, row, column },
		placed: isOfRun ? "run" : "alone",
		records: { text: written.tokens.text, list },
	};
}

/** The part of the records' text that a range of the file touches, by the lines of both. */
export function recordsRange(
	{ list }: NonNullable<MasksReport["records"]>,
	{ text, range }: { readonly text: string; readonly range?: Span | undefined },
): Span | undefined {
	if (range === undefined) return undefined;
	const lines = lineStarts(text);
	const [first, last] = [lineAt(lines, range.start), lineAt(lines, Math.max(range.start, range.end - 1))];
	const touched = list.filter(({ line }, index) => {
		const next = list[index + 1]?.line ?? Number.POSITIVE_INFINITY;
		return line !== null && line <= last && next > first;
	});
	const isEmpty = range.end <= range.start || touched.length === 0;
	return isEmpty ? { start: 0, end: 0 } : { start: touched[0]!.start, end: touched.at(-1)!.end };
}

/** Where each record begins: its first row, or in a packing without padding the place of its [CLS] in the stream. */
function startsAlone(
	encodings: readonly EncodedDocument[],
	{ packing, rows }: { readonly packing: Packing; readonly rows: PackedRows },
): number[] {
	const room = rows.sequenceLength - 2;
	let next = 0;
	return encodings.map(({ ids }) => {
		const start = next;
		next += packing === "isolated" ? ids.length + 2 : Math.max(1, Math.ceil(ids.length / room));
		return start;
	});
}

interface WrittenRecords {
	readonly tokens: TextTokens;
	/** By record: its part of the text, and its first token. */
	readonly spans: readonly Span[];
	readonly first: readonly number[];
}

function writeRecords(
	documents: ReadRecords["documents"],
	encodings: readonly EncodedDocument[],
	tokenizer: Tokenizer,
): WrittenRecords {
	let text = "";
	const [ids, starts, ends]: [number[], number[], number[]] = [[], [], []];
	const [spans, first]: [Span[], number[]] = [[], []];
	documents.forEach(({ text: own }, index) => {
		const encoding = encodings[index]!;
		if (index > 0) text += apart;
		const start = text.length;
		first.push(ids.length);
		let from = 0;
		encoding.ids.forEach((id, at) => {
			const [begin, end] = [encoding.starts[at]!, encoding.ends[at]!];
			if (begin > from) text += own.slice(from, begin).trim() === "" ? own.slice(from, begin) : cut;
			const name = begin === end ? tokenizer.token(id) : undefined;
			const isSign = name !== undefined && (tokenizer.specialIds.has(id) || /^\[.+\]$/.test(name));
			const shown = isSign ? name : own.slice(Math.max(from, begin), end);
			ids.push(id);
			starts.push(text.length);
			text += shown;
			ends.push(text.length);
			from = Math.max(from, end);
		});
		if (own.slice(from).trim() !== "") text += cut;
		spans.push({ start, end: text.length });
	});
	const columns = { ids: Int32Array.from(ids), starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
	return { tokens: { text, ...columns }, spans, first };
}
