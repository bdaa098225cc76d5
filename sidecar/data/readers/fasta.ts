import type { Corpus } from "../document.ts";
import type { FastaReader } from "./config.ts";
import { hashOf, Intake, type ReadOptions } from "./intake.ts";
import { brokenAt, readPlainText } from "./plainText.ts";

/**
 * All but the letters of each alphabet: with the codes of IUPAC for uncertain ones every letter stands for amino acids;
 * `*` ends a translation, `-` is a gap.
 * https://iupac.qmul.ac.uk/AminoAcid/, https://iupac.qmul.ac.uk/misc/naseq.html
 */
const alphabets: { readonly [Name in FastaReader["alphabet"]]: RegExp } = {
	protein: /[^A-Z*-]/i,
	nucleotide: /[^ACGTUNRYSWKMBDHV-]/i,
};

/** One document for each sequence of a FASTA file, in capitals. Throws `corpusInvalid` with the place. */
export async function readFasta(file: string, reader: FastaReader, options: ReadOptions): Promise<Corpus> {
	const intake = new Intake({ ...options, contentRules: false });
	const text = options.content ?? (await readPlainText(file));
	for (const { name, line, sequence } of sequencesOf(text, { file, reader })) {
		intake.step();
		intake.offerDocument({ path: name, language: "text", text: sequence, line, hash: hashOf(sequence) });
	}
	return intake.finish(file);
}

function* sequencesOf(
	text: string,
	{ file, reader }: { readonly file: string; readonly reader: FastaReader },
): Generator<{ name: string; line: number; sequence: string }> {
	let open: { name: string; line: number; parts: string[] } | undefined;
	const close = (): { name: string; line: number; sequence: string } | undefined => {
		if (open === undefined) return undefined;
		const sequence = open.parts.join("");
		if (sequence !== "") return { name: open.name, line: open.line, sequence };
		throw brokenAt({ file, line: open.line, column: 1 }, `the sequence ${open.name} is empty. Remove its header.`);
	};
	for (const [index, raw] of text.split("\n").entries()) {
		const place = { file, line: index + 1, column: 1 };
		const line = raw.trimEnd();
		if (line.startsWith(">")) {
			const done = close();
			if (done !== undefined) yield done;
			open = { name: line.slice(1).trim().split(/\s/)[0] || `sequence-${place.line}`, line: place.line, parts: [] };
			continue;
		}
		if (line === "" || line.startsWith(";")) continue;
		if (open === undefined) throw brokenAt(place, 'a FASTA file begins with a line ">name". This one does not.');
		const foreign = line.search(alphabets[reader.alphabet]);
		if (foreign >= 0) {
			throw brokenAt(
				{ ...place, column: foreign + 1 },
				`"${line[foreign]}" is no letter of a ${reader.alphabet} sequence (${open.name}). Correct it, or set data.reader.alphabet.`,
			);
		}
		open.parts.push(line.toUpperCase());
	}
	const last = close();
	if (last !== undefined) yield last;
}
