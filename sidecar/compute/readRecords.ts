import { isError } from "../base/errors.ts";
import type { ReaderConfig, ReaderName } from "../data/readers/config.ts";
import { readDocuments } from "../data/readers/readers.ts";
import type { MasksOptions, MasksQuestion } from "../inference/inspect/masksQuestion.ts";
import type { LoadedModel } from "../inference/loadedModel.ts";
import { encodedRows } from "../train/tasks/maskedRows.ts";

/** What a reader makes records of. */
const files: Readonly<Record<Exclude<ReaderName, "text">, { readonly name: RegExp; readonly what: string }>> = {
	labelled: { name: /\.(jsonl|ndjson|csv|tsv|tab)$/i, what: "texts with labels from .jsonl, .csv and .tsv files" },
	pairs: {
		name: /\.(jsonl|ndjson|csv|tsv|tab|fa|faa|fna|fasta)$/i,
		what: "pairs of texts from .jsonl, .csv, .tsv and FASTA files",
	},
	fasta: { name: /\.(fa|faa|fna|fasta)$/i, what: "sequences from FASTA files" },
	documented: { name: /./, what: "functions with their documentation" },
};

/**
 * The records that a recipe's own reader makes of a text, in the rows of a run on it alone, by the code of a run; or why
 * there are none. Throws what is no fault of the text.
 */
export async function readRecords(
	{ path = "", text, recipe, masking, packing, sequenceLength, pairPositions }: MasksQuestion,
	reader: ReaderConfig,
	{ tokenizer }: LoadedModel,
): Promise<Pick<MasksOptions, "records" | "unread">> {
	if (reader.name === "text" || masking === null) return {};
	const { name, what } = files[reader.name];
	const open = `Open such a file to see what is masked in it.`;
	if (!name.test(path)) return { unread: `${recipe} reads ${what}, and ${path || "this text"} is none. ${open}` };
	try {
		const options = { content: text, maximumFileBytes: Number.POSITIVE_INFINITY };
		const { documents } = await readDocuments(path, reader, options);
		const data = { sequenceLength, packing, pairPositions };
		const { rows, encodings } = await encodedRows(
			documents,
			{ data, maskings: [masking] },
			{ tokenizer, corpus: path },
		);
		return { records: { documents, encodings, rows } };
	} catch (error) {
		if (isError(error, "emptyCorpus")) return { unread: `${recipe} reads ${what}, and ${path} has none. ${open}` };
		if (isError(error, "corpusInvalid", "usage")) return { unread: error.message };
		throw error;
	}
}
