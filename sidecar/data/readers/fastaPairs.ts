import type { PairsReader } from "./config.ts";
import { type FastaRecord, fastaRecords } from "./fastaRecords.ts";
import { brokenAt } from "./plainText.ts";

/** Two sequences that belong together; `line` is that of the second's header. */
export interface FastaPair {
	readonly first: string;
	readonly second: string;
	readonly line: number;
}

/** What the parts of a pair are called in headers: data.reader.first and data.reader.second. */
type PartNames = Pick<PairsReader, "first" | "second">;

/** Whether a file's name says that it is FASTA. */
export const isFasta = (file: string): boolean => /\.(fa|faa|fna|fasta)$/i.test(file);

/**
 * The pairs of a FASTA file of proteins. Where no header says which part it is, each two records are a pair, the first
 * text and then the second. Where one ends in `|target`, `|binder` or the word `binder` (by the names of the parts), what
 * stands before is the pair's name: each second text belongs to the first of its name, and a header that says nothing is
 * that of a first. Throws `corpusInvalid` with the place.
 */
export function fastaPairs(text: string, { file, names }: { file: string; names: PartNames }): FastaPair[] {
	const records = [...fastaRecords(text, { file, alphabet: "protein", remedy: "Correct it." })];
	const parts = records.map((record) => partOf(record, names));
	return parts.every(({ marked }) => !marked) ? inTurn(records, { file, names }) : byName(parts, { file, names });
}

interface Part {
	readonly record: FastaRecord;
	readonly name: string;
	readonly isSecond: boolean;
	/** Whether the header says so. */
	readonly marked: boolean;
}

function partOf(record: FastaRecord, { first, second }: PartNames): Part {
	const ends = (...marks: string[]) => marks.find((mark) => record.header.endsWith(mark));
	const [ofFirst, ofSecond] = [ends(`|${first}`, ` ${first}`), ends(`|${second}`, ` ${second}`)];
	const mark = ofSecond ?? ofFirst ?? "";
	const name = record.header.slice(0, record.header.length - mark.length).trim();
	return { record, name, isSecond: ofSecond !== undefined, marked: mark !== "" };
}

function inTurn(records: readonly FastaRecord[], { file, names }: { file: string; names: PartNames }): FastaPair[] {
	const { first, second } = names;
	const odd = records.length % 2 === 1 ? records.at(-1) : undefined;
	if (odd !== undefined) {
		throw brokenAt(
			{ file, line: odd.line, column: 1 },
			`the file has ${records.length} records, and ${odd.header} is left without a ${second}. Each ${first} needs a ${second} behind it, or headers that end in |${first} and |${second}.`,
		);
	}
	return records.flatMap(({ sequence, line }, at) =>
		at % 2 === 0 ? [] : [{ first: records[at - 1]!.sequence, second: sequence, line }],
	);
}

function byName(parts: readonly Part[], { file, names }: { file: string; names: PartNames }): FastaPair[] {
	const { first, second } = names;
	const broken = ({ record }: Part, problem: string): never => {
		throw brokenAt({ file, line: record.line, column: 1 }, problem);
	};
	const firsts = new Map<string, Part>();
	for (const part of parts) {
		if (part.isSecond) continue;
		const before = firsts.get(part.name);
		if (before !== undefined) {
			broken(part, `${part.name} is the name of the ${first} on line ${before.record.line} too. Give each its own.`);
		}
		firsts.set(part.name, part);
	}
	const alone = new Set(firsts.values());
	const pairs = parts.flatMap((part) => {
		if (!part.isSecond) return [];
		const own = firsts.get(part.name);
		if (own === undefined)
			return broken(part, `no ${first} of the name ${part.name} is in the file for this ${second}.`);
		alone.delete(own);
		return [{ first: own.record.sequence, second: part.record.sequence, line: part.record.line }];
	});
	for (const part of alone) broken(part, `the ${first} ${part.name} has no ${second}. Add it, or remove the record.`);
	return pairs;
}
