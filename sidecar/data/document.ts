/** One text to learn from. */
export interface Document {
	/** Forward slashes, relative to the corpus root; for a JSONL record its package and path. */
	readonly path: string;
	/** A name of the table in `languages.ts`. */
	readonly language: string;
	readonly text: string;
	/** SHA-256 of the UTF-8 text, in lower-case hexadecimal. */
	readonly hash: string;
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
