/** What `maskwright generate` reads: the text, the place in it, and the demonstrations. */
import { readFile } from "node:fs/promises";
import { MaskwrightError } from "../base/errors.ts";
import { brokenAt, readPlainText } from "../data/readers/plainText.ts";
import { readTable } from "../data/readers/table.ts";
import type { Example } from "../protocol/generate.ts";
import { textOrInput } from "./textOrInput.ts";

interface Where {
	readonly text: string | undefined;
	readonly file: string | undefined;
	/** LINE:COLUMN, both from 1. */
	readonly at: string | undefined;
}

/** The text before and behind the place. Throws `usage`, `notFound`, and `corpusInvalid` for a file that is no UTF-8. */
export async function placeToGenerate({ text, file, at }: Where): Promise<{ before: string; after: string }> {
	if (text !== undefined && file !== undefined) {
		throw new MaskwrightError("usage", "Give a text or --file, not both.");
	}
	if (file === undefined) {
		if (at !== undefined) throw new MaskwrightError("usage", "--at is a place in a file: name it with --file.");
		return {
			before: await textOrInput(text, "generate needs a text: give one, or - and type it, or --file."),
			after: "",
		};
	}
	await readPlainText(file); // says where it is no UTF-8
	const whole = await readFile(file, "utf8"); // with its byte order mark: positions count in the text as it is
	const caret = at === undefined ? whole.length : caretAt(whole, at);
	return { before: whole.slice(0, caret), after: whole.slice(caret) };
}

/** The caret at LINE:COLUMN; the column behind the last character of a line is its end. */
function caretAt(text: string, place: string): number {
	const [, line, column] = /^(\d+):(\d+)$/.exec(place) ?? [];
	if (line === undefined) throw new MaskwrightError("usage", `${place} is no place: write LINE:COLUMN, both from 1.`);
	const lines = text.split("\n");
	const [row, at] = [Number(line) - 1, Number(column) - 1];
	if (row < 0 || row >= lines.length) {
		throw new MaskwrightError("usage", `There is no line ${line}: the file has ${lines.length}, counted from 1.`);
	}
	const length = lines[row]!.replace(/\r$/, "").length;
	if (at < 0 || at > length) {
		throw new MaskwrightError("usage", `Line ${line} has ${length} characters, so its columns are 1 to ${length + 1}.`);
	}
	return lines.slice(0, row).reduce((sum, before) => sum + before.length + 1, at);
}

/** Demonstrations of a .jsonl, .csv or .tsv file. Throws `corpusInvalid` with line and column. */
export async function readExamples(file: string): Promise<Example[]> {
	const examples = (await readTable(file, ["input"])).map((row): Example => {
		const [input, output] = [row.value("input"), row.value("output")];
		if (typeof input !== "string" || input.trim() === "") {
			throw brokenAt(row.place("input"), '"input" must be a text that is not empty.');
		}
		if (output === undefined || output === null) return { input };
		if (typeof output === "string" && output.trim() !== "") return { input, output };
		throw brokenAt(
			row.place("output"),
			'"output" must be a text that is not empty. Leave it out to have one generated.',
		);
	});
	if (examples.length > 0) return examples;
	throw brokenAt({ file, line: 1, column: 1 }, "there are no examples. Write one object {input, output} a line.");
}
