import type { Corpus } from "../document.ts";
import type { RegionName } from "../masking/tokenMark.ts";
import type { ReaderConfig, ReaderName } from "./config.ts";
import { readCorpus } from "./corpus.ts";
import { readDocumented } from "./documented.ts";
import { readFasta } from "./fasta.ts";
import type { ReadOptions } from "./intake.ts";
import { readLabelled } from "./labelled.ts";
import { readPairs } from "./pairs.ts";

type Read<Name extends ReaderName> = (
	path: string,
	reader: Extract<ReaderConfig, { name: Name }>,
	options: ReadOptions,
) => Promise<Corpus>;

/** Every reader by its name in a recipe. */
const readers: { readonly [Name in ReaderName]: Read<Name> } = {
	text: (path, _, options) => readCorpus(path, options),
	labelled: readLabelled,
	pairs: readPairs,
	documented: readDocumented,
	fasta: readFasta,
};

/**
 * Reads what a run trains on. Throws `notFound`, `usage` for a path that this reader cannot read, `corpusInvalid` with
 * file, line and column for what is wrong in it, `emptyCorpus`, and `interrupted` when the signal is aborted.
 */
export function readDocuments(path: string, reader: ReaderConfig, options: ReadOptions = {}): Promise<Corpus> {
	return (readers[reader.name] as Read<ReaderName>)(path, reader as never, options);
}

/** The regions that a reader's documents have. */
export function regionsOf(reader: ReaderConfig): readonly RegionName[] {
	if (reader.name === "pairs" || reader.name === "documented") return ["first", "second"];
	return reader.name === "labelled" && reader.template !== undefined ? ["answer"] : [];
}
