import type { RegionName } from "./masking/tokenMark.ts";

/** A stretch of a document's text that a masking can choose, in UTF-16 code units. Regions do not overlap. */
export interface Region {
	readonly start: number;
	readonly end: number;
	readonly name: RegionName;
	/** Of a region that is a text by itself: a path whose end tells its language. */
	readonly path?: string;
}

/** Where a special token stands in a document, between two tokens of its text. */
export interface Insertion {
	/** In UTF-16 code units of the text. */
	readonly at: number;
	/** A part that a special token plays, or a token by its name: one that the vocabulary lacks is left out. */
	readonly token: "sep" | { readonly named: string };
}

/** A stretch of a record that may lose tokens where the record is longer than a row. */
export interface Cuttable {
	readonly start: number;
	readonly end: number;
	/** Which end loses them. */
	readonly from: "start" | "end";
}

/** One text to learn from. */
export interface Document {
	/** Forward slashes, relative to the corpus root; for a JSONL record its package and path, for another its file and line. */
	readonly path: string;
	/** A name of the table in `languages.ts`. */
	readonly language: string;
	readonly text: string;
	/** Of a record, the line of the file, from 1, in which it begins. */
	readonly line?: number;
	/** SHA-256 of the UTF-8 text, or of the fields of the record that the text was made of, in lower-case hexadecimal. */
	readonly hash: string;
	/** Ascending. No token of the text straddles the edge of a region. */
	readonly regions?: readonly Region[];
	/** Ascending. */
	readonly insertions?: readonly Insertion[];
	/** What a record that must fit into one row may lose; without it, nothing. */
	readonly cuttable?: Cuttable;
}

/** Something that is not in the corpus, with the reason as a sentence; a folder's path ends with a slash. */
export interface LeftOut {
	readonly path: string;
	readonly why: string;
}

/** What a reader found: documents in the order of their paths, and everything that was left out. */
export interface Corpus {
	readonly documents: Document[];
	readonly leftOut: LeftOut[];
}
