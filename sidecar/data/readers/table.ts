import { CsvError, parse } from "csv-parse/sync";
import { brokenAt, type Place, readPlainText } from "./plainText.ts";

/** One object of a JSONL file or one row of a CSV or TSV file; the columns of the latter are its cells. */
export interface TableRow {
	/** Undefined where the row has no such field. */
	value(field: string): unknown;
	/** Where a field stands, or the row if it has no such field. */
	place(field: string): Place;
}

/**
 * Reads the rows of a .jsonl, .jsonl.xz, .csv or .tsv file; `needed` are the fields that every row must have. `content`
 * is read in place of what lies on the disk.
 */
export async function readTable(file: string, needed: readonly string[], content?: string): Promise<TableRow[]> {
	const text = content ?? (await readPlainText(file));
	if (/\.(csv|tsv|tab)$/i.test(file)) return csvRows(text, { file, needed });
	if (/\.(jsonl|ndjson)(\.xz)?$/i.test(file)) return jsonRows(text, { file, needed });
	throw brokenAt(
		{ file, line: 1, column: 1 },
		"its name must end in .jsonl, .jsonl.xz, .csv or .tsv to be read as records.",
	);
}

interface Wanted {
	readonly file: string;
	readonly needed: readonly string[];
}

function jsonRows(text: string, { file, needed }: Wanted): TableRow[] {
	const rows: TableRow[] = [];
	for (const [index, line] of text.split("\n").entries()) {
		if (line.trim() === "") continue;
		const at = index + 1;
		const value = parseObject(line, { file, line: at });
		const column = (field: string): number => Math.max(0, line.indexOf(JSON.stringify(field))) + 1;
		for (const field of needed) {
			if (Object.hasOwn(value, field)) continue;
			throw brokenAt({ file, line: at, column: 1 }, missing(field, Object.keys(value), "field"));
		}
		rows.push({
			value: (field) => (Object.hasOwn(value, field) ? value[field] : undefined),
			place: (field) => ({ file, line: at, column: column(field) }),
		});
	}
	return rows;
}

function parseObject(line: string, { file, line: at }: Omit<Place, "column">): Record<string, unknown> {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		throw brokenAt({ file, line: at, column: jsonEnd(line) + 1 }, "this is not JSON. Each line must be one object.");
	}
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	throw brokenAt({ file, line: at, column: 1 }, "this is JSON, but not an object. Each line must be one object.");
}

/** How many characters of a line could begin JSON: V8 tells the place of some errors alone. */
function jsonEnd(line: string): number {
	let [fine, wrong] = [0, line.trimEnd().length + 1];
	while (wrong - fine > 1) {
		const middle = Math.floor((fine + wrong) / 2);
		if (couldGoOn(line.slice(0, middle))) fine = middle;
		else wrong = middle;
	}
	return fine;
}

function couldGoOn(start: string): boolean {
	try {
		JSON.parse(start);
		return true;
	} catch (error) {
		const position = /position (\d+)/.exec(String(error))?.[1];
		return /end of JSON|Unterminated/.test(String(error)) || Number(position) === start.length;
	}
}

function csvRows(text: string, { file, needed }: Wanted): TableRow[] {
	const [header, ...body] = parseCsv(text, file);
	if (header === undefined) return [];
	const names = header.cells.map((name) => name.trim());
	for (const field of needed) {
		if (!names.includes(field)) throw brokenAt({ file, line: 1, column: 1 }, missing(field, names, "column"));
	}
	return body.map(({ cells, line }) => {
		if (cells.length !== names.length) {
			const column = Math.min(cells.length, names.length) + 1;
			throw brokenAt(
				{ file, line, column },
				`cells in the row: ${cells.length}, in the header: ${names.length}. Quote cells that hold the separator.`,
			);
		}
		return {
			value: (field) => (names.includes(field) ? cells[names.indexOf(field)] : undefined),
			place: (field) => ({ file, line, column: Math.max(0, names.indexOf(field)) + 1 }),
		};
	});
}

/** RFC 4180, with the separator of the header; in a TSV quotes are ordinary characters. */
function parseCsv(text: string, file: string): { cells: string[]; line: number }[] {
	const tabs = /\.(tsv|tab)$/i.test(file);
	const firstLine = text.slice(0, Math.max(0, text.search(/\r?\n|$/)));
	const often = (mark: string): number => firstLine.split(mark).length;
	const separator = tabs
		? "\t"
		: ([",", ";", "\t"] as const).reduce((best, mark) => (often(mark) > often(best) ? mark : best));
	let last = 0;
	const onRecord = (record: string[], { lines }: { readonly lines: number }): string[] => {
		last = lines;
		return record;
	};
	try {
		const options = {
			delimiter: separator,
			quote: tabs ? null : '"',
			relax_column_count: true,
			skip_empty_lines: true,
		};
		// With `info` each row comes with the number of lines read so far.
		const rows = parse(text, { ...options, info: true, on_record: onRecord as never }) as unknown as {
			record: string[];
			info: { lines: number };
		}[];
		return rows.map(({ record, info }) => {
			const inside = record.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);
			return { cells: record, line: info.lines - inside };
		});
	} catch (error) {
		if (!(error instanceof CsvError)) throw error;
		const { column } = error as CsvError & { column?: number | string };
		const problem =
			error.code === "CSV_QUOTE_NOT_CLOSED"
				? "a quote is opened and never closed"
				: `this is not CSV (${error.message.split(":")[0]})`;
		const at = typeof column === "number" ? column + 1 : 1;
		throw brokenAt({ file, line: last + 1, column: at }, `${problem}. Write a quote inside a quoted cell twice.`);
	}
}

function missing(field: string, names: readonly string[], kind: "field" | "column"): string {
	const there = names.length === 0 ? "none" : names.join(", ");
	return `there is no ${kind} "${field}". Those there: ${there}. Name another in the recipe's data.reader, or rename it.`;
}
