import { MaskwrightError } from "../../base/errors.ts";
import type { PairPositions } from "../../data/collate.ts";
import type { Document } from "../../data/document.ts";
import { type EncodedDocument, encodeDocument } from "../../data/encodeDocument.ts";
import { fitRecord } from "../../data/fitRecord.ts";
import { type Masking, needsMarks, rowMaskings, strategiesOf } from "../../data/masking/config.ts";
import { markedClass, regionMark } from "../../data/masking/tokenMark.ts";
import { type PackedRows, packDocuments, padDocuments, withMarks } from "../../data/packing.ts";
import { openMarker } from "../../data/tokenMarks.ts";
import type { PreparationTools } from "./trainingTask.ts";

/** What a recipe says of its rows. */
export interface RowsOptions {
	readonly data: {
		readonly sequenceLength: number;
		readonly packing: "isolated" | "padded";
		readonly pairPositions?: PairPositions | undefined;
	};
	/** Of the recipe and its phases. */
	readonly maskings: readonly Masking[];
}

/**
 * Documents as rows to be masked, with the marks of their tokens where a masking reads them. Of padded rows each holds
 * one record; a longer one loses what it may lose. Throws `corpusInvalid` for a record that still is too long, and for a
 * region of several tokens that must have one.
 */
export async function maskedRows(
	documents: readonly Document[],
	options: RowsOptions,
	tools: Pick<PreparationTools, "tokenizer" | "corpus"> & Partial<PreparationTools>,
): Promise<PackedRows> {
	return (await encodedRows(documents, options, tools)).rows;
}

/** The same with the tokens of each document as they stand in its rows. */
export async function encodedRows(
	documents: readonly Document[],
	{ data, maskings }: RowsOptions,
	{ tokenizer, corpus, onEncoded }: Pick<PreparationTools, "tokenizer" | "corpus"> & Partial<PreparationTools>,
): Promise<{ rows: PackedRows; encodings: readonly EncodedDocument[] }> {
	const { sequenceLength, packing } = data;
	const pack = packing === "isolated" ? packDocuments : padDocuments;
	const marking = maskings.find(needsMarks); // those that need marks have the same annotators
	const marked = marking !== undefined || data.pairPositions === "restarted";
	const marker = marked ? await openMarker(marking ?? {}, corpus) : undefined;
	const encodings: EncodedDocument[] = [];
	const marks: Int32Array[] = [];
	for (const [index, document] of documents.entries()) {
		onEncoded?.(index);
		const whole = encodeDocument(document, tokenizer);
		const isRecord = packing === "padded" && document.regions !== undefined;
		const encoding = isRecord ? fitted(document, whole, sequenceLength - 2) : whole;
		encodings.push(encoding);
		if (marker === undefined) continue;
		const ofTokens = await marker(document, encoding);
		requireOneToken(document, { maskings, marks: ofTokens });
		marks.push(ofTokens);
	}
	requireSpans(maskings, marks);
	const ids = encodings.map((encoding) => encoding.ids);
	const rows = pack(ids, { sequenceLength, special: tokenizer.special });
	return { rows: marker === undefined ? rows : withMarks(rows, marks, pack), encodings };
}

function fitted(document: Document, encoding: EncodedDocument, room: number): EncodedDocument {
	const kept = fitRecord(document, encoding, room);
	if (kept !== undefined) return kept;
	const { path, cuttable } = document;
	const rest = cuttable === undefined ? "" : ", and its first part is too short to lose them";
	throw new MaskwrightError(
		"corpusInvalid",
		`${path}: the record has ${encoding.ids.length} tokens and a row holds ${room}${rest}. Shorten it, set data.sequenceLength higher, or have data.reader.long cut its first part.`,
	);
}

/** A masking of entities alone must find some. */
function requireSpans(maskings: readonly Masking[], marks: readonly Int32Array[]): void {
	for (const masking of maskings) {
		for (const { strategies } of rowMaskings(masking)) {
			const rates = strategies.flatMap((config) => (config.name === "entity" ? config.rates : []));
			if (rates.length < strategies.length) continue;
			const drawn = (mark: number): boolean =>
				rates.some((ofClass) => (ofClass[markedClass(mark) ?? "keyword"] ?? 0) > 0 && markedClass(mark) !== undefined);
			if (marks.some((ofDocument) => ofDocument.some(drawn))) continue;
			const classes = new Set(rates.flatMap((ofClass) => Object.keys(ofClass)));
			throw new MaskwrightError(
				"emptyCorpus",
				`No text here has a span of the classes ${[...classes].join(", ")}, so there is nothing to mask. Name others in masking.strategies, or another annotator in masking.annotators.`,
			);
		}
	}
}

function requireOneToken(
	{ path, text, regions = [] }: Document,
	{ maskings, marks }: { readonly maskings: readonly Masking[]; readonly marks: Int32Array },
): void {
	for (const config of maskings.flatMap(strategiesOf)) {
		if (config.name !== "region" || config.tokens !== "one") continue;
		const bit = regionMark(config.region);
		const count = marks.reduce((sum, mark) => sum + ((mark & bit) === 0 ? 0 : 1), 0);
		if (count === 1) continue;
		const region = regions.find(({ name }) => name === config.region);
		const label = region === undefined ? "" : text.slice(region.start, region.end);
		throw new MaskwrightError(
			"corpusInvalid",
			`${path}: the ${config.region} "${label}" is ${count} tokens of the vocabulary, and exactly one can be predicted. Choose a label of one token, or set data.reader.template.listing to letters, so that a letter stands for it.`,
		);
	}
}
