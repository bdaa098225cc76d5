import { type Command, Option } from "commander";
import { MaskwrightError } from "../../base/errors.ts";
import { createSearchService } from "../../compute/searchService.ts";
import type { SearchResult, SearchResults } from "../../protocol/search.ts";
import { subTokenSpans, subTokens } from "../../search/subTokens.ts";
import { type CommandContext, type CommonOptions, printResult, withCommonOptions } from "../command.ts";
import { count } from "../format.ts";
import { adapterFolder } from "../handlers.ts";
import { positiveInteger } from "../options.ts";
import { printable, type Terminal } from "../terminal.ts";

interface SearchFlags extends CommonOptions {
	readonly folder: string;
	readonly top: number;
	readonly adapter?: string;
	readonly size?: "small" | "large";
}

/** Lines of a chunk that are shown. */
const shownLines = 6;

/** `maskwright search`. */
export function addSearch(program: Command, context: CommandContext): void {
	withCommonOptions(program.command("search"))
		.summary("find code by words, by meaning or by name")
		.description(
			"Find functions, classes and blocks of an indexed folder by words, by meaning or by name. " +
				"Filters: lang:go path:src/**/*.ts symbol:Server kind:class, with - before those that are not wanted.",
		)
		.argument("<query...>", "words, code or a name, and filters")
		.option("--folder <folder>", "the folder that is searched", ".")
		.option("--top <k>", "results at most", positiveInteger, 10)
		.option("--adapter <adapter>", "refuse an index whose vectors are not those of this adapter")
		.addOption(
			new Option(
				"--size <size>",
				"where the index holds small vectors: small ranks by these alone, large ranks what they find by the model's large ones too (default: large)",
			).choices(["small", "large"]),
		)
		.action(async (words: string[], flags: SearchFlags) => {
			const query = words.join(" ").trim();
			if (query === "") throw new MaskwrightError("usage", "search needs a query: words, code, a name or a filter.");
			const adapter = flags.adapter === undefined ? undefined : adapterFolder(flags.adapter, undefined);
			const service = createSearchService();
			try {
				const request = {
					folder: flags.folder,
					query,
					top: flags.top,
					typing: false,
					rough: flags.size === "small",
					adapter,
				};
				const value = await service.search(request, context.signal);
				if (value.notice !== undefined) context.terminal.warn(printable(value.notice));
				printResult(context, flags, { value, describe: (results) => describeResults(results, context.terminal) });
			} finally {
				await service.close();
			}
		});
}

function describeResults({ results, indexed }: SearchResults, terminal: Terminal): string[] {
	const { colors } = terminal;
	const missing = indexed.of > indexed.files ? ` of ${count(indexed.of)}` : "";
	const from = colors.dim(`from ${count(indexed.files)}${missing} files`);
	if (results.length === 0) return [`Nothing found ${from}`];
	return [...results.flatMap((result) => [...describeResult(result, terminal), ""]), from];
}

function describeResult(result: SearchResult, terminal: Terminal): string[] {
	const { colors } = terminal;
	const { path, startLine, endLine, symbol, kind, preview, stale } = result;
	const place = `${colors.magenta(printable(path))}:${colors.green(`${startLine}-${endLine}`)}`;
	const what = symbol === null ? colors.dim(kind) : `${colors.bold(printable(symbol))} ${colors.dim(kind)}`;
	const lines = preview.split("\n");
	const width = String(startLine + shownLines).length;
	return [
		`${place}  ${what}${stale ? colors.yellow("  changed since it was indexed") : ""}`,
		colors.dim(`  ${reasonsOf(result)}`),
		...(preview === "" ? [] : lines.slice(0, shownLines)).map((line, at) => {
			const number = colors.dim(String(startLine + at).padStart(width));
			return `  ${number}  ${highlighted(line, result.matchedTerms, terminal)}`.trimEnd();
		}),
		...(lines.length > shownLines ? [colors.dim(`  ${"".padStart(width)}  …`)] : []),
	];
}

/** Why a result is one. */
function reasonsOf({ lexicalRank, vectorRank, matchedTerms }: SearchResult): string {
	const reasons = [
		lexicalRank === null ? "" : `words: rank ${lexicalRank}`,
		vectorRank === null ? "" : `meaning: rank ${vectorRank}`,
		matchedTerms.length === 0 ? "" : `matched ${matchedTerms.map(printable).join(", ")}`,
	];
	return reasons.filter((reason) => reason !== "").join(" · ") || "by its filters";
}

/** A line with the words that the query asked for in colour. */
function highlighted(line: string, terms: readonly string[], { colors, columns }: Terminal): string {
	const wanted = new Set(terms.flatMap(subTokens));
	const shown = line.replaceAll("\t", "  ").slice(0, Math.max(20, columns - 10));
	let text = "";
	let at = 0;
	for (const { start, end, token } of subTokenSpans(shown)) {
		if (start < at || !wanted.has(token)) continue;
		text += printable(shown.slice(at, start)) + colors.bold(colors.cyan(printable(shown.slice(start, end))));
		at = end;
	}
	return text + printable(shown.slice(at));
}
