import { basename } from "node:path";
import type { Corpus } from "../document.ts";
import { optionLetters, writeInstruction } from "../instructions.ts";
import type { LabelledReader } from "./config.ts";
import { hashOf, Intake, type ReadOptions } from "./intake.ts";
import { brokenAt } from "./plainText.ts";
import { readTable, type TableRow } from "./table.ts";

/**
 * Texts with labels; each row becomes an instruction where the reader has a template. Throws `corpusInvalid` with the
 * place for a row without text or label, and for a label that is none of the row's options.
 */
export async function readLabelled(file: string, reader: LabelledReader, options: ReadOptions): Promise<Corpus> {
	const intake = new Intake({ ...options, contentRules: false });
	const rows = (await readTable(file, [reader.text, reader.label], options.content)).map((row) =>
		labelledRow(row, reader),
	);
	const all = [...new Set(rows.map(({ label }) => label))];
	for (const { row, text, label, instruction, own } of rows) {
		intake.step();
		const { line } = row.place(reader.text);
		const hash = hashOf(JSON.stringify([instruction ?? "", text, label, own ?? []]));
		const document = { path: `${basename(file)}:${line}`, language: "text", text, line, hash };
		if (reader.template === undefined) {
			intake.offerDocument(document);
			continue;
		}
		const choices = own ?? all;
		checkChoices(choices, { row, reader, label });
		const from = reader.long === "cutStart" ? "start" : "end";
		const asked = {
			text,
			options: choices,
			hash,
			from,
			...(instruction === undefined ? {} : { instruction }),
		} as const;
		const { answers: _, cuttable, ...written } = writeInstruction(asked, reader.template, choices.indexOf(label));
		intake.offerDocument({
			...document,
			...written,
			...(reader.long === "refuse" || cuttable === undefined ? {} : { cuttable }),
		});
	}
	return intake.finish(file);
}

interface LabelledRow {
	readonly row: TableRow;
	readonly text: string;
	readonly label: string;
	readonly instruction: string | undefined;
	/** The options of this row alone. */
	readonly own: readonly string[] | undefined;
}

function labelledRow(row: TableRow, reader: LabelledReader): LabelledRow {
	const text = textOf(row, reader.text);
	const label = textOf(row, reader.label).trim();
	const instruction = row.value(reader.instruction);
	const given = typeof instruction === "string" && instruction.trim() !== "" ? instruction : undefined;
	return { row, text, label, instruction: given, own: ownOptions(row, reader) };
}

/** A text that is not blank; numbers and truth values read as they are written. */
function textOf(row: TableRow, field: string): string {
	const value = row.value(field);
	const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
	if (typeof text !== "string") throw brokenAt(row.place(field), `"${field}" is no text. Each row needs one.`);
	if (text.trim() === "")
		throw brokenAt(row.place(field), `"${field}" is empty. Give each row one, or remove the row.`);
	return text;
}

function ownOptions(row: TableRow, reader: LabelledReader): string[] | undefined {
	const value = row.value(reader.options);
	if (value === undefined || value === null || value === "") return undefined;
	const parts = typeof value === "string" ? value.split("|") : value;
	if (!Array.isArray(parts)) {
		throw brokenAt(
			row.place(reader.options),
			`"${reader.options}" is neither a list nor text with "|" between labels.`,
		);
	}
	return parts.map((part) => String(part).trim());
}

function checkChoices(
	choices: readonly string[],
	{ row, reader, label }: { row: TableRow; reader: LabelledReader; label: string },
): void {
	const wrong = (field: string, problem: string): never => {
		throw brokenAt(row.place(field), problem);
	};
	if (!choices.includes(label)) {
		wrong(reader.label, `the label "${label}" is none of the row's options (${choices.join(", ")}).`);
	}
	if (choices.includes("")) wrong(reader.options, "an option is empty. Name each of them.");
	if (new Set(choices).size < choices.length) wrong(reader.options, "an option stands there twice. Name each once.");
	if (choices.length < 2)
		wrong(reader.label, "there is only one label to choose from. Give rows of another label too.");
	if (reader.template?.listing === "letters" && choices.length > optionLetters.length) {
		wrong(
			reader.options,
			`there are ${choices.length} options and ${optionLetters.length} letters. Give each row its own "${reader.options}", or set data.reader.template.listing to words.`,
		);
	}
}
