import { basename } from "node:path";
import type { Corpus, Document } from "../document.ts";
import type { PairsReader } from "./config.ts";
import { type FastaPair, fastaPairs, isFasta } from "./fastaPairs.ts";
import { hashOf, Intake, type ReadOptions } from "./intake.ts";
import { brokenAt, readPlainText } from "./plainText.ts";
import { readTable, type TableRow } from "./table.ts";

const between = { nothing: "", blank: " ", line: "\n", separator: "" } as const;

/** Two texts of a row, or of FASTA records, as one document with the regions `first` and `second`. Throws `corpusInvalid` with the place. */
export async function readPairs(file: string, reader: PairsReader, options: ReadOptions): Promise<Corpus> {
	const intake = new Intake({ ...options, contentRules: false });
	for (const { first, second, line } of isFasta(file)
		? fastaPairs(options.content ?? (await readPlainText(file)), { file, names: reader })
		: tablePairs(await readTable(file, [reader.first, reader.second], options.content), reader)) {
		intake.step();
		intake.offerDocument({
			path: `${basename(file)}:${line}`,
			language: "text",
			line,
			hash: hashOf(JSON.stringify([first, second])),
			...joinPair(first, second, reader),
		});
	}
	return intake.finish(file);
}

function* tablePairs(rows: readonly TableRow[], reader: PairsReader): Generator<FastaPair> {
	for (const row of rows) {
		const [first, second] = [textOf(row, reader.first), textOf(row, reader.second)];
		yield { first, second, line: row.place(reader.first).line };
	}
}

/** The text of a pair with what the reader says of it. */
export function joinPair(
	first: string,
	second: string,
	{ join, long }: Pick<PairsReader, "join" | "long">,
): Pick<Document, "text" | "regions" | "insertions" | "cuttable"> {
	const text = first + between[join] + second;
	return {
		text,
		regions: [
			{ start: 0, end: first.length, name: "first" },
			{ start: text.length - second.length, end: text.length, name: "second" },
		],
		...(join === "separator" ? { insertions: [{ at: first.length, token: "sep" }] } : {}),
		...(long === "refuse"
			? {}
			: { cuttable: { start: 0, end: first.length, from: long === "cutStart" ? "start" : "end" } }),
	};
}

function textOf(row: TableRow, field: string): string {
	const value = row.value(field);
	if (typeof value !== "string") throw brokenAt(row.place(field), `"${field}" is no text. Each pair needs both.`);
	if (value.trim() === "") throw brokenAt(row.place(field), `"${field}" is empty. Give each pair both, or remove it.`);
	return value;
}
