import { MaskwrightError } from "../../base/errors.ts";
import { languageNames } from "../../data/languages.ts";
import { chunkKinds } from "../../protocol/search.ts";
import type { ChunkKind } from "../../syntax/chunks.ts";

/** What a query's chunks must have (any value of one kind of filter) or, with `not`, must not have. */
export type Filter =
	| { readonly by: "lang"; readonly not: boolean; readonly value: string }
	| { readonly by: "kind"; readonly not: boolean; readonly value: ChunkKind }
	/** A part of the path or symbol, or a pattern with `*` and `?`. */
	| { readonly by: "path" | "symbol"; readonly not: boolean; readonly value: string };

export interface Query {
	/** Words, code or a name, without the filters. */
	readonly text: string;
	readonly filters: readonly Filter[];
}

const filterNames = ["lang", "path", "symbol", "kind"] as const;
type FilterName = (typeof filterNames)[number];

/** What else they are called. */
const otherNames: Readonly<Record<string, FilterName>> = {
	language: "lang",
	file: "path",
	sym: "symbol",
	name: "symbol",
	type: "kind",
};

/** What languages are called beside our names for them; file endings. */
const otherLanguages: Readonly<Record<string, string>> = {
	py: "python",
	js: "javascript",
	jsx: "javascript",
	javascriptreact: "javascript",
	node: "javascript",
	ts: "typescript",
	tsx: "typescript",
	typescriptreact: "typescript",
	golang: "go",
	rb: "ruby",
	rs: "rust",
	"c++": "cpp",
	cc: "cpp",
	"c#": "csharp",
	cs: "csharp",
	sh: "shell",
	shellscript: "shell",
	bash: "shell",
	kt: "kotlin",
	md: "markdown",
	yml: "yaml",
	"objective-c": "objectivec",
	bat: "batch",
	makefile: "make",
	latex: "tex",
};

/** A word with a colon, at the beginning of the text or after a blank; its value may stand in quotes. */
const filterPattern = /(?<=^|\s)(-?)(\p{L}+):("[^"]*"?|\S*)/gu;

/** Patterns longer than this, or with more wildcards, are refused. */
const longestPattern = 200;
const mostWildcards = 8;

/** Takes the filters out of a query. Throws `usage` for a filter that means nothing, with what could be meant. */
export function parseQuery(query: string): Query {
	const filters: Filter[] = [];
	const text = query.replaceAll(filterPattern, (all, minus: string, word: string, quoted: string) => {
		const by = filterNamed(word.toLowerCase(), quoted);
		if (by === undefined) return all;
		const value = quoted.replace(/^"(.*?)"?$/s, "$1").trim();
		// A filter whose value is still to be typed.
		if (value !== "") filters.push(filterOf(by, minus === "-", value));
		return " ";
	});
	return { text: (filters.length === 0 ? text : text.replaceAll(/ {2,}/g, " ")).trim(), filters };
}

/** The filter that a word means; undefined when it is no filter but a part of the text, as in `std::vector`. */
function filterNamed(word: string, value: string): FilterName | undefined {
	if (value.startsWith(":") || value.startsWith("//")) return undefined;
	const known = filterNames.find((name) => name === word) ?? otherNames[word];
	if (known !== undefined) return known;
	const near = value === "" ? undefined : nearest(word, filterNames, 1);
	if (near === undefined || word.length < 3) return undefined;
	throw new MaskwrightError(
		"usage",
		`There is no filter ${word}: but ${near}:. Write ${near}:${value}, or a blank after the colon to look for the word.`,
	);
}

function filterOf(by: FilterName, not: boolean, value: string): Filter {
	if (by === "lang") return { by, not, value: languageNamed(value) };
	if (by === "kind") return { by, not, value: kindNamed(value) };
	if (value.length <= longestPattern && value.split("*").length - 1 <= mostWildcards) return { by, not, value };
	throw new MaskwrightError(
		"usage",
		`The pattern of ${by}: is too long. Give at most ${longestPattern} characters with ${mostWildcards} stars.`,
	);
}

function languageNamed(value: string): string {
	const name = value.toLowerCase();
	const known = languageNames.find((language) => language === name) ?? otherLanguages[name];
	if (known !== undefined) return known;
	const near = nearest(name, languageNames, 2);
	const hint = near === undefined ? "Give one such as python, typescript or go." : `Did you mean lang:${near}?`;
	throw new MaskwrightError("usage", `There is no language ${value} here. ${hint}`);
}

function kindNamed(value: string): ChunkKind {
	const name = value.toLowerCase().replace(/(?<=s)es$|(?<!s)s$/, "");
	const known = chunkKinds.find((kind) => kind === name);
	if (known !== undefined) return known;
	throw new MaskwrightError("usage", `kind:${value} is none of ${chunkKinds.join(", ")}. Give one of these.`);
}

/** The name that differs from `word` by at most `edits` letters put in, left out, changed or swapped. */
function nearest(word: string, names: readonly string[], edits: number): string | undefined {
	const distances = names.map((name) => ({ name, distance: editDistance(word, name) }));
	const [best] = distances.sort((a, b) => a.distance - b.distance);
	return best !== undefined && best.distance <= edits ? best.name : undefined;
}

/** Optimal string alignment distance: edits and swaps of neighbours. */
function editDistance(a: string, b: string): number {
	if (Math.abs(a.length - b.length) > 2) return 3;
	const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1];
			let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1));
			const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			if (swapped) best = Math.min(best, rows[i - 2]![j - 2]! + 1);
			row.push(best);
		}
		rows.push(row);
	}
	return rows[a.length]![b.length]!;
}
