/** Where a peptide is to bind: the protein on the line of the caret, in a FASTA, CSV or TSV file. */

export interface Target {
	readonly name: string;
	/** Letters of amino acids, upper case. */
	readonly sequence: string;
	/** The code units that a binder takes the place of; equal where nothing stands there. */
	readonly start: number;
	readonly end: number;
	/** The text to write for a binder. */
	write(binder: string): string;
}

/** Why there is none, by what is missing. */
export type NoTarget =
	| { readonly missing: "record" }
	| { readonly missing: "sequence"; readonly name: string }
	| { readonly missing: "letter"; readonly letter: string; readonly line: number; readonly column: number };

/** The 20 amino acids, and the letters that stand for uncertain or rare ones. */
const aminoAcids = /^[ACDEFGHIKLMNPQRSTVWYBJOUXZ]*$/i;

/** Whether a file's name says that its lines are such records. */
export function holdsTargets(path: string): "fasta" | "table" | undefined {
	if (/\.(fa|faa|fasta)$/i.test(path)) return "fasta";
	return /\.(csv|tsv)$/i.test(path) ? "table" : undefined;
}

/** The record of a FASTA file that a line belongs to; a binder becomes a record behind it. */
export function fastaTarget(text: string, line: number): Target | NoTarget {
	const lines = linesOf(text);
	let first = Math.min(line, lines.length - 1);
	while (first > 0 && !lines[first]!.text.startsWith(">")) first--;
	const header = lines[first]!;
	if (!header.text.startsWith(">")) return { missing: "record" };
	const name = header.text.slice(1).trim();
	const body: Line[] = [];
	for (const next of lines.slice(first + 1)) {
		if (next.text.startsWith(">")) break;
		if (next.text.trim() !== "") body.push(next);
	}
	const foreign = foreignLetter(body);
	if (foreign !== undefined) return foreign;
	const sequence = body.map((part) => part.text.trim()).join("");
	const last = body.at(-1);
	if (last === undefined || sequence === "") return { missing: "sequence", name };
	const end = last.start + last.text.length;
	return {
		name,
		sequence: sequence.toUpperCase(),
		start: end,
		end,
		write: (binder) => `\n>${name} binder\n${binder}`,
	};
}

/** The row of a table that a line is; the columns are `target` and `binder`, or else the first two. */
export function tableTarget(text: string, line: number): Target | NoTarget {
	const lines = linesOf(text);
	const separator = lines[0]!.text.includes("\t") ? "\t" : lines[0]!.text.includes(";") ? ";" : ",";
	const names = lines[0]!.text.split(separator).map(unquoted);
	const column = (name: string, usual: number): number => (names.includes(name) ? names.indexOf(name) : usual);
	const row = lines[line];
	if (row === undefined || line === 0 || row.text.trim() === "") return { missing: "record" };
	const cells = row.text.split(separator);
	const [at, binderAt] = [column("target", 0), column("binder", 1)];
	const sequence = unquoted(cells[at] ?? "");
	if (sequence === "") return { missing: "sequence", name: names[at] ?? "target" };
	const offset = cells.slice(0, at).reduce((sum, cell) => sum + cell.length + 1, 0);
	const foreign = foreignLetter([
		{ text: " ".repeat(offset + cells[at]!.indexOf(sequence)) + sequence, number: line, start: 0 },
	]);
	if (foreign !== undefined) return foreign;
	const lacking = Math.max(0, binderAt - cells.length + 1);
	const start =
		row.start + cells.slice(0, binderAt).reduce((sum, cell) => sum + cell.length + 1, 0) - (lacking > 0 ? 1 : 0);
	return {
		name: sequence.length > 12 ? `${sequence.slice(0, 12)}…` : sequence,
		sequence: sequence.toUpperCase(),
		start,
		end: start + (cells[binderAt]?.length ?? 0),
		write: (binder) => separator.repeat(lacking) + binder,
	};
}

interface Line {
	readonly text: string;
	/** From 0. */
	readonly number: number;
	readonly start: number;
}

/** The lines of a text without their line breaks. */
function linesOf(text: string): Line[] {
	let start = 0;
	return text.split("\n").map((line, number) => {
		const found = { text: line.replace(/\r$/, ""), number, start };
		start += line.length + 1;
		return found;
	});
}

function unquoted(cell: string): string {
	return cell
		.trim()
		.replace(/^"(.*)"$/, "$1")
		.trim();
}

function foreignLetter(lines: readonly Line[]): NoTarget | undefined {
	for (const { text, number } of lines) {
		const trimmed = text.trim();
		if (aminoAcids.test(trimmed)) continue;
		const at = [...trimmed].findIndex((letter) => !aminoAcids.test(letter));
		return { missing: "letter", letter: trimmed[at]!, line: number + 1, column: text.indexOf(trimmed) + at + 1 };
	}
	return undefined;
}
