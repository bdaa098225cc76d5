import * as vscode from "vscode";
import type { SearchResult } from "../../sidecar/protocol/search.ts";
import type { Ctx } from "../ctx.ts";
import { diskFolders } from "./codeIndex.ts";
import type { SearchInput } from "./searchInput.ts";

/** Results that a language model gets when it does not say how many: enough to choose from, short enough to read. */
const usualTop = 10;
const mostTop = 50;

/** What the tool says to the language model: each result as `path:start-end`, symbol and code. */
export async function answerSearch(
	{ sidecar, codeIndex }: Ctx,
	{ query, top = usualTop }: SearchInput,
	token: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
	const folders = diskFolders();
	if (folders.length === 0) return textResult("No folder is open, so there is no code to search.");
	await codeIndex.use();
	const indexed = folders.filter(({ uri }) => (codeIndex.statuses.get(uri.fsPath)?.state ?? "none") !== "none");
	if (indexed.length === 0) {
		return textResult("The workspace has no code index. The user can build it with “Maskwright: Build Index”.");
	}
	const wanted = Math.min(Math.max(1, Math.trunc(top)), mostTop);
	const answers = await Promise.all(
		indexed.map(async ({ uri, name }) => {
			const found = await sidecar.request("search", { folder: uri.fsPath, query, top: wanted, rough: false }, token);
			return { ...found, prefix: folders.length > 1 ? `${name}/` : "" };
		}),
	);
	const results = answers
		.flatMap(({ results, prefix }) => results.map((result) => ({ ...result, path: prefix + result.path })))
		.sort((one, other) => other.score - one.score)
		.slice(0, wanted);
	const [files, of] = [sum(answers, ({ indexed }) => indexed.files), sum(answers, ({ indexed }) => indexed.of)];
	const partial = files < of ? `The index is not complete: ${files} of ${of} files so far.\n\n` : "";
	if (results.length === 0) return textResult(`${partial}Nothing was found for “${query}”.`);
	return textResult(partial + results.map(resultText).join("\n\n"));
}

function resultText({ path, startLine, endLine, symbol, kind, language, preview }: SearchResult): string {
	// A fence that the code itself cannot close.
	const longest = Math.max(2, ...[...preview.matchAll(/`+/g)].map(([ticks]) => ticks.length));
	const fence = "`".repeat(longest + 1);
	const name = symbol === null ? kind : `${kind} ${symbol}`;
	return `${path}:${startLine}-${endLine} ${name}\n${fence}${language ?? ""}\n${preview}\n${fence}`;
}

function textResult(text: string): vscode.LanguageModelToolResult {
	return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
	return items.reduce((total, item) => total + value(item), 0);
}
