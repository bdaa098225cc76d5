import type { FastaReader } from "./config.ts";
import { brokenAt } from "./plainText.ts";

/** A sequence of a FASTA file. */
export interface FastaRecord {
	/** What stands behind the `>`, trimmed; `sequence-LINE` where nothing does. */
	readonly header: string;
	/** Of the header, counted from 1. */
	readonly line: number;
	/** In capitals, its lines joined. */
	readonly sequence: string;
}

/**
 * All but the letters of each alphabet: with the codes of IUPAC for uncertain ones every letter stands for amino acids;
 * `*` ends a translation, `-` is a gap.
 * https://iupac.qmul.ac.uk/AminoAcid/, https://iupac.qmul.ac.uk/misc/naseq.html
 */
const alphabets: { readonly [Name in FastaReader["alphabet"]]: RegExp } = {
	protein: /[^A-Z*-]/i,
	nucleotide: /[^ACGTUNRYSWKMBDHV-]/i,
};

/** The sequences of a FASTA file in their order. Throws `corpusInvalid` with the place; `remedy` ends what it says of a letter. */
export function* fastaRecords(
	text: string,
	options: { readonly file: string; readonly alphabet: FastaReader["alphabet"]; readonly remedy: string },
): Generator<FastaRecord> {
	const { file, alphabet, remedy } = options;
	let open: { header: string; line: number; parts: string[] } | undefined;
	const close = (): FastaRecord | undefined => {
		if (open === undefined) return undefined;
		const { header, line, parts } = open;
		const sequence = parts.join("");
		if (sequence !== "") return { header, line, sequence };
		throw brokenAt({ file, line, column: 1 }, `the sequence ${header.split(/\s/)[0]} is empty. Remove its header.`);
	};
	for (const [index, raw] of text.split("\n").entries()) {
		const place = { file, line: index + 1, column: 1 };
		const line = raw.trimEnd();
		if (line.startsWith(">")) {
			const done = close();
			if (done !== undefined) yield done;
			open = { header: line.slice(1).trim() || `sequence-${place.line}`, line: place.line, parts: [] };
			continue;
		}
		if (line === "" || line.startsWith(";")) continue;
		if (open === undefined) throw brokenAt(place, 'a FASTA file begins with a line ">name". This one does not.');
		const foreign = line.search(alphabets[alphabet]);
		if (foreign >= 0) {
			const [name] = open.header.split(/\s/);
			throw brokenAt(
				{ ...place, column: foreign + 1 },
				`"${line[foreign]}" is no letter of a ${alphabet} sequence (${name}). ${remedy}`,
			);
		}
		open.parts.push(line.toUpperCase());
	}
	const last = close();
	if (last !== undefined) yield last;
}
