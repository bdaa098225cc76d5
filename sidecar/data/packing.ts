import { invariant } from "../base/errors.ts";
import { createRandom, shuffle } from "../base/random.ts";

/** Documents cut into rows of one length; arrays are row-major. */
export interface PackedRows {
	/** Token ids [rows, sequenceLength]; padding holds the pad id. */
	readonly tokens: Int32Array;
	/** The number of the document within its row, from 0 [rows, sequenceLength]; padding holds -1. */
	readonly segments: Int32Array;
	/** What each token is in the grammar [rows, sequenceLength], by the bits of `tokenMark`, where a masking asks for it. */
	readonly marks?: Int32Array;
	/** How many rows. */
	readonly count: number;
	readonly sequenceLength: number;
	/** Padding positions in all rows together. */
	readonly wasted: number;
	/** Positions that hold a token of the row before once more (see `packDocuments`). */
	readonly repeated: number;
}

export interface PackingOptions {
	readonly sequenceLength: number;
	readonly special: { readonly cls: number; readonly sep: number; readonly pad: number };
}

/** The largest share of padding that the last row may cost. */
const maximumWaste = 0.02;

/**
 * Wraps each document as [cls] ... [sep] and cuts the stream of all of them into rows, so that only
 * the last row can need padding. Where that padding would pass 2% of all positions (fewer than some
 * fifty rows), the last row starts earlier instead and repeats the end of the row before it: nothing
 * is wasted, and `repeated` says how many tokens stand twice. A stream shorter than one row is padded.
 */
export function packDocuments(documents: readonly Int32Array[], options: PackingOptions): PackedRows {
	const { sequenceLength, special } = options;
	invariant(Number.isInteger(sequenceLength) && sequenceLength >= 2, "a row must hold at least two tokens");
	const length = documents.reduce((sum, document) => sum + document.length + 2, 0);
	const count = Math.ceil(length / sequenceLength);
	const { stream, owners } = joinDocuments(documents, special, length);
	const tokens = new Int32Array(count * sequenceLength).fill(special.pad);
	const segments = new Int32Array(count * sequenceLength).fill(-1);
	const missing = count * sequenceLength - length;
	const overlap = length >= sequenceLength && missing > maximumWaste * count * sequenceLength ? missing : 0;
	for (let row = 0; row < count; row++) {
		const start = row * sequenceLength - (row === count - 1 ? overlap : 0);
		const end = Math.min(length, start + sequenceLength);
		tokens.set(stream.subarray(start, end), row * sequenceLength);
		for (let at = start; at < end; at++) segments[row * sequenceLength + at - start] = owners[at]! - owners[start]!;
	}
	return { tokens, segments, count, sequenceLength, wasted: missing - overlap, repeated: overlap };
}

/**
 * The plain way, to measure packing against: each document is cut into pieces of sequenceLength - 2 tokens, and each
 * piece stands alone in a row as [cls] ... [sep] with padding behind it. An empty document makes a row of its own.
 */
export function padDocuments(documents: readonly Int32Array[], options: PackingOptions): PackedRows {
	const { sequenceLength, special } = options;
	invariant(Number.isInteger(sequenceLength) && sequenceLength >= 3, "a row must hold at least three tokens");
	const room = sequenceLength - 2;
	const count = documents.reduce((sum, document) => sum + Math.max(1, Math.ceil(document.length / room)), 0);
	const tokens = new Int32Array(count * sequenceLength).fill(special.pad);
	const segments = new Int32Array(count * sequenceLength).fill(-1);
	let wasted = tokens.length;
	let at = 0;
	for (const document of documents) {
		for (let start = 0; start === 0 || start < document.length; start += room, at += sequenceLength) {
			const piece = document.subarray(start, start + room);
			tokens[at] = special.cls;
			tokens.set(piece, at + 1);
			tokens[at + 1 + piece.length] = special.sep;
			segments.fill(0, at, at + 2 + piece.length);
			wasted -= 2 + piece.length;
		}
	}
	return { tokens, segments, count, sequenceLength, wasted, repeated: 0 };
}

/** Rows with the marks of each document's tokens beside them; `pack` is what made the rows of the documents. */
export function withMarks(rows: PackedRows, marks: readonly Int32Array[], pack: typeof packDocuments): PackedRows {
	const { sequenceLength } = rows;
	return { ...rows, marks: pack(marks, { sequenceLength, special: { cls: 0, sep: 0, pad: 0 } }).tokens };
}

/** All documents end to end, and for every token the index of its document. */
function joinDocuments(
	documents: readonly Int32Array[],
	special: PackingOptions["special"],
	length: number,
): { stream: Int32Array; owners: Int32Array } {
	const stream = new Int32Array(length);
	const owners = new Int32Array(length);
	let at = 0;
	documents.forEach((document, owner) => {
		owners.fill(owner, at, at + document.length + 2);
		stream[at] = special.cls;
		stream.set(document, at + 1);
		stream[at + document.length + 1] = special.sep;
		at += document.length + 2;
	});
	return { stream, owners };
}

/**
 * Position ids of one row [sequenceLength]: they restart at 0 with every segment, and where `restarts` says so of a
 * place; padding holds 0.
 */
export function segmentPositions(segments: Int32Array, restarts?: (at: number) => boolean): Int32Array {
	const positions = new Int32Array(segments.length);
	for (let at = 1; at < segments.length; at++) {
		const goesOn = segments[at]! >= 0 && segments[at] === segments[at - 1] && restarts?.(at) !== true;
		if (goesOn) positions[at] = positions[at - 1]! + 1;
	}
	return positions;
}

/** The stream number that keeps the order of rows apart from their masks. */
const orderStream = 0x6f726465;

/** The order in which an epoch visits the rows: a permutation of 0..count-1 over the whole corpus. */
export function rowOrder(count: number, seed: number, epoch: number): Int32Array {
	return shuffle(
		Int32Array.from({ length: count }, (_, row) => row),
		createRandom(seed, orderStream, epoch),
	);
}
