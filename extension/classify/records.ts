/** What an editor knows of a file of records without reading it whole; the sidecar reads it for good. */

/** The endings of files with records, in lower case. */
const recordFiles = /\.(jsonl|ndjson|csv|tsv|tab)$/i;

export function holdsRecords(path: string): boolean {
	return recordFiles.test(path);
}

/** The fields of the first record of a JSONL file, or the columns of a table's header. */
export function fieldsOf(path: string, text: string): string[] {
	const first = text.replace(/^\uFEFF/, "").split(/\r?\n/, 1)[0] ?? "";
	if (/\.(jsonl|ndjson)$/i.test(path)) {
		const record = parsed(first);
		return typeof record === "object" && record !== null && !Array.isArray(record) ? Object.keys(record) : [];
	}
	const separator = /\.(tsv|tab)$/i.test(path) ? "\t" : first.split(";").length > first.split(",").length ? ";" : ",";
	return first
		.split(separator)
		.map((name) => name.trim().replace(/^"(.*)"$/, "$1"))
		.filter((name) => name !== "");
}

/** The text of each line of a JSONL file that has one in `field`, with the line's number from 1. */
export function jsonTexts(text: string, field: string): { line: number; text: string }[] {
	return text.split(/\r?\n/).flatMap((line, at) => {
		const record = parsed(line);
		const value =
			typeof record === "object" && record !== null ? (record as Record<string, unknown>)[field] : undefined;
		return typeof value === "string" && value.trim() !== "" ? [{ line: at + 1, text: value }] : [];
	});
}

/** Labels as they were typed, with commas between them. */
export function labelsIn(typed: string): string[] {
	return typed
		.split(",")
		.map((label) => label.trim())
		.filter((label) => label !== "");
}

/** Rows of a table with each column as wide as its widest cell; the last one is as long as it is. */
export function alignedRows(rows: readonly (readonly string[])[]): string[] {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	return rows.map((row) =>
		row
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join("  ")
			.trimEnd(),
	);
}

/** A change of a recipe as `--set` writes it: text in quotes, so that "1" stays text. */
export function setText(key: string, value: string): string {
	return `${key}=${JSON.stringify(value)}`;
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
