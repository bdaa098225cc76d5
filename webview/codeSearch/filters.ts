import { chunkKinds } from "../../sidecar/protocol/search.ts";

/** The filters that a query may hold; `path:src/net lang:go parse header`. */
const names = ["lang", "path", "symbol", "kind"] as const;

/** What a chip puts into the query. */
export interface Completion {
	readonly label: string;
	/** The query with it, and where the caret then stands. */
	readonly text: string;
	readonly caret: number;
}

/** Languages that can be filtered by, as the index names them. */
const languages = [
	"python",
	"javascript",
	"typescript",
	"tsx",
	"java",
	"go",
	"ruby",
	"php",
	"c",
	"cpp",
	"csharp",
	"rust",
] as const;

/**
 * What can be put in at the caret: values after `lang:` and `kind:` that begin with what is typed, else the filters
 * that the query has not yet.
 */
export function completions(query: string, caret: number): Completion[] {
	const start = query.slice(0, caret).search(/\S*$/);
	const word = query.slice(start, caret);
	const [, name, typed = ""] = /^-?(\w+):(.*)$/.exec(word) ?? [];
	const values = name === "lang" ? languages : name === "kind" ? chunkKinds : [];
	if (name !== undefined && values.length > 0) {
		const fitting = values.filter((value) => value.startsWith(typed.toLowerCase()) && value !== typed);
		return fitting.map((value) => put(query, { start: caret - typed.length, end: caret, label: value, space: true }));
	}
	if (word.includes(":")) return [];
	const present = (filter: string) => new RegExp(`(^|\\s)${filter}:`).test(query);
	const fitting = names.filter((filter) => !present(filter) && (word === "" || filter.startsWith(word)));
	// A word that begins no filter is a word to search for: the chips then add a filter behind it.
	return fitting.length > 0 || word === ""
		? fitting.map((filter) => put(query, { start, end: caret, label: `${filter}:`, space: false }))
		: names
				.filter((filter) => !present(filter))
				.map((filter) =>
					put(`${query.trimEnd()} `, {
						start: query.trimEnd().length + 1,
						end: query.length + 1,
						label: `${filter}:`,
						space: false,
					}),
				);
}

function put(
	query: string,
	{ start, end, label, space }: { start: number; end: number; label: string; space: boolean },
): Completion {
	const after = query.slice(end);
	const inserted = space && !after.startsWith(" ") ? `${label} ` : label;
	return { label, text: query.slice(0, start) + inserted + after, caret: start + inserted.length };
}
