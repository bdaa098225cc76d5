import type { Corpus } from "../document.ts";
import type { FastaReader } from "./config.ts";
import { fastaRecords } from "./fastaRecords.ts";
import { hashOf, Intake, type ReadOptions } from "./intake.ts";
import { readPlainText } from "./plainText.ts";

/** One document for each sequence of a FASTA file, in capitals. Throws `corpusInvalid` with the place. */
export async function readFasta(file: string, { alphabet }: FastaReader, options: ReadOptions): Promise<Corpus> {
	const intake = new Intake({ ...options, contentRules: false });
	const text = options.content ?? (await readPlainText(file));
	const remedy = "Correct it, or set data.reader.alphabet.";
	for (const { header, line, sequence } of fastaRecords(text, { file, alphabet, remedy })) {
		intake.step();
		const [name] = header.split(/\s/);
		intake.offerDocument({ path: name!, language: "text", text: sequence, line, hash: hashOf(sequence) });
	}
	return intake.finish(file);
}
