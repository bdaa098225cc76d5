import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { MaskwrightError } from "../../base/errors.ts";
import type { Corpus } from "../document.ts";
import { sentenceOf, type Triple } from "../relations.ts";
import { Intake, type ReadOptions } from "./intake.ts";

/**
 * Reads a `.tsv` file of triples, head, relation and tail in three columns, as sentences; the sentences of a head make
 * one document. A relation that has no template is left out with its line. A line that is no triple is a
 * `corpusInvalid` error that names line and column.
 */
export async function readTriples(file: string, options: ReadOptions): Promise<Corpus> {
	const intake = new Intake(options);
	const documents = new Map<string, string[]>();
	const dropped = new Map<string, { count: number; line: number }>();
	for (const [index, line] of textOf(file, await readFile(file))
		.split(/\r?\n/)
		.entries()) {
		if (line.trim() === "") continue;
		const triple = parseTriple(line, { file, number: index + 1 });
		const sentence = sentenceOf(triple);
		if (sentence === undefined) {
			const known = dropped.get(triple.relation);
			dropped.set(triple.relation, { count: (known?.count ?? 0) + 1, line: known?.line ?? index + 1 });
			continue;
		}
		const sentences = documents.get(triple.head) ?? [];
		sentences.push(sentence);
		documents.set(triple.head, sentences);
	}
	for (const [head, sentences] of documents) {
		intake.step();
		const text = `${sentences.join("\n")}\n`;
		intake.offer(head, "text", { text, bytes: Buffer.byteLength(text) });
	}
	for (const [relation, { count, line }] of dropped) {
		const lines = count === 1 ? `line ${line}` : `${count} lines, the first of them line ${line}`;
		intake.leave(`${basename(file)}:${line}`, `There is no template for the relation ${relation} (${lines}).`);
	}
	return intake.finish(file);
}

function parseTriple(line: string, { file, number }: { file: string; number: number }): Triple {
	const parts = line.split("\t");
	const fault = (column: number, what: string): never => {
		throw new MaskwrightError(
			"corpusInvalid",
			`Line ${number}, column ${column} of ${file} cannot be read: ${what}. Each line must be a head, a relation and a tail with a tab between them.`,
			{ data: { line: number, column } },
		);
	};
	if (parts.length < 3) fault(line.length + 1, `the line has ${parts.length} of 3 parts`);
	if (parts.length > 3) fault(parts.slice(0, 3).join("\t").length + 1, `the line has ${parts.length} parts`);
	let column = 1;
	for (const [index, part] of parts.entries()) {
		if (part.trim() === "") fault(column, `the ${["head", "relation", "tail"][index]} is empty`);
		column += part.length + 1;
	}
	const [head, relation, tail] = parts.map((part) => part.trim()) as [string, string, string];
	return { head, relation, tail };
}

/** UTF-8 with or without a byte order mark; any other encoding is named with its line and column. */
function textOf(file: string, bytes: Uint8Array): string {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		const before = new TextDecoder("utf-8").decode(bytes).split("\ufffd")[0] ?? "";
		const lines = before.split("\n");
		const [number, column] = [lines.length, (lines.at(-1)?.length ?? 0) + 1];
		throw new MaskwrightError(
			"corpusInvalid",
			`Line ${number}, column ${column} of ${file} is not UTF-8. Save the file in that encoding.`,
			{ data: { line: number, column } },
		);
	}
}
