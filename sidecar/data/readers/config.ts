import { z } from "zod";

const fieldName = z.string().min(1);

const long = z
	.enum(["refuse", "cutStart", "cutEnd"])
	.describe(
		"a record that is longer than a row: refused, or its first part loses tokens at one end; never what is to be predicted",
	);

/** How a labelled text becomes an instruction with its options and the answer (ModernBERT-Instruct's `train.py`). */
export const templateSchema = z.strictObject({
	instruction: z.string().min(1).describe("stands first in a record that has no instruction of its own"),
	listing: z
		.enum(["letters", "words"])
		.describe("the answer is the letter before its option, always one token, or the option itself"),
	anchor: z
		.string()
		.min(1)
		.nullable()
		.describe(
			'a token of the vocabulary right before the answer, "[unused0]" in the paper; left out where it lacks it',
		),
	order: z
		.enum(["sorted", "given", "shuffled"])
		.describe(
			"of the options: by the alphabet, so that a letter means the same whoever lists them; as they come; or drawn for each record, so that a letter means what its line says",
		),
});

/** How the file or folder of a run is read: the rows of the table in `readers.ts`. */
export const readerSchema = z.discriminatedUnion("name", [
	z.strictObject({ name: z.literal("text").describe("a folder of source files, or .jsonl[.xz] of {text, path}") }),
	z.strictObject({
		name: z.literal("labelled").describe(".jsonl[.xz] of objects, or .csv or .tsv with a header: texts with labels"),
		text: fieldName.describe("the field or column with the text"),
		label: fieldName.describe("the field or column with the label"),
		options: fieldName
			.default("options")
			.describe(
				'the field with a record\'s own labels to choose from, a list or text with "|" between; all labels of the file where it is missing',
			),
		instruction: fieldName.default("instruction").describe("the field with a record's own instruction; may be missing"),
		template: templateSchema
			.optional()
			.describe("makes an instruction of each record, whose region `answer` is the label; without it the text alone"),
		long: long.default("cutEnd"),
	}),
	z.strictObject({
		name: z
			.literal("pairs")
			.describe(
				".jsonl[.xz] of objects, or .csv or .tsv with a header: two texts in a row; or FASTA: a record and its partner",
			),
		first: fieldName.describe(
			"the field or column with the first text, the region `first`; in FASTA what ends its header",
		),
		second: fieldName.describe(
			"the field or column with the second text, the region `second`; in FASTA what ends its header",
		),
		join: z
			.enum(["nothing", "blank", "line", "separator"])
			.default("nothing")
			.describe("what stands between the two: a blank, a line break, or the token [SEP] as TLM has it"),
		long: long.default("refuse"),
	}),
	z.strictObject({
		name: z
			.literal("documented")
			.describe(
				"a folder of source files, or .jsonl[.xz] of {text, path}: the documentation of each function and its code as a pair",
			),
	}),
	z.strictObject({
		name: z.literal("fasta").describe("a FASTA file: each sequence is a document"),
		alphabet: z
			.enum(["protein", "nucleotide"])
			.default("protein")
			.describe("the letters that may occur: amino acids or bases, with their codes for uncertain ones"),
	}),
]);

export type ReaderConfig = z.infer<typeof readerSchema>;
export type ReaderName = ReaderConfig["name"];
export type LabelledReader = Extract<ReaderConfig, { name: "labelled" }>;
export type PairsReader = Extract<ReaderConfig, { name: "pairs" }>;
export type FastaReader = Extract<ReaderConfig, { name: "fasta" }>;
export type InstructionTemplate = z.infer<typeof templateSchema>;
