import { basename } from "node:path";
import type { Corpus, Document } from "../document.ts";
import type { PairsReader } from "./config.ts";
import { hashOf, Intake, type ReadOptions } from "./intake.ts";
import { brokenAt } from "./plainText.ts";
import { readTable, type TableRow } from "./table.ts";

const between = { nothing: "", blank: " ", line: "\n", separator: "" } as const;

/** Two texts of a row as one document with the regions `first` and `second`. Throws `corpusInvalid` with the place. */
export async function readPairs(file: string, reader: PairsReader, options: ReadOptions): Promise<Corpus> {
	const intake = new Intake({ ...options, contentRules: false });
	for (const row of await readTable(file, [reader.first, reader.second], options.content)) {
		intake.step();
		const [first, second] = [textOf(row, reader.first), textOf(row, reader.second)];
		const { line } = row.place(reader.first);
		const hash = hashOf(JSON.stringify([first, second]));
		intake.offerDocument({
			path: `${basename(file)}:${line}`,
			language: "text",
			line,
			hash,
			...joinPair(first, second, reader),
		});
	}
	return intake.finish(file);
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
