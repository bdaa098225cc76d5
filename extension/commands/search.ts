import { relative, sep } from "node:path";
import * as vscode from "vscode";
import type { Asked, Like } from "../../sidecar/protocol/panels/codeSearch.ts";
import type { Ctx } from "../ctx.ts";
import { Dismissed } from "./failures.ts";

/** Most of a selection that is searched for: a model reads less. */
const longestSelection = 20_000;

/** Shows the view with the focus in its input; `clicked` may be a query, as from another extension or a key binding. */
export async function searchCode(_: Ctx, clicked?: unknown): Promise<void> {
	await ask(typeof clicked === "string" ? { kind: "query", text: clicked } : null);
}

/** Finds code like what is selected, or like the function or class around the caret. */
export async function findLikeSelection(_: Ctx): Promise<void> {
	const { l10n, window } = vscode;
	const editor = window.activeTextEditor;
	if (editor === undefined) {
		void window.showInformationMessage(l10n.t("Open a file and select the code that others shall be like."));
		throw new Dismissed();
	}
	const { document, selection } = editor;
	const range = selection.isEmpty ? await around(document, selection.active) : selection;
	const text = document.getText(range).slice(0, longestSelection);
	if (text.trim() === "") {
		void window.showInformationMessage(l10n.t("There is no code at the caret. Select some."));
		throw new Dismissed();
	}
	await ask({ kind: "like", like: { text, language: document.languageId, ...placeOf(document, range) } });
}

export async function findNearDuplicates(_: Ctx): Promise<void> {
	await ask({ kind: "duplicates" });
}

async function ask(asked: Asked | null): Promise<void> {
	await vscode.commands.executeCommand("maskwright.askCodeSearch", asked);
}

function placeOf(document: vscode.TextDocument, range: vscode.Range): Pick<Like, "folder" | "at"> {
	const folder = vscode.workspace.getWorkspaceFolder(document.uri);
	if (folder === undefined) return { folder: "", at: null };
	const path = relative(folder.uri.fsPath, document.uri.fsPath).split(sep).join("/");
	// A selection of whole lines ends at the start of the next one, which is not part of it.
	const end = range.end.character === 0 && range.end.line > range.start.line ? range.end.line : range.end.line + 1;
	return { folder: folder.uri.fsPath, at: { path, startLine: range.start.line + 1, endLine: end } };
}

/** The innermost function or class at a place, as the language's extension tells; else the lines up to an empty one. */
async function around(document: vscode.TextDocument, place: vscode.Position): Promise<vscode.Range> {
	const symbols = await vscode.commands.executeCommand<
		(vscode.DocumentSymbol | vscode.SymbolInformation)[] | undefined
	>("vscode.executeDocumentSymbolProvider", document.uri);
	return innermost(symbols ?? [], place) ?? paragraph(document, place.line);
}

const whole: ReadonlySet<vscode.SymbolKind> = new Set([
	vscode.SymbolKind.Function,
	vscode.SymbolKind.Method,
	vscode.SymbolKind.Constructor,
	vscode.SymbolKind.Class,
]);

function innermost(
	symbols: readonly (vscode.DocumentSymbol | vscode.SymbolInformation)[],
	place: vscode.Position,
): vscode.Range | undefined {
	for (const symbol of symbols) {
		const range = "range" in symbol ? symbol.range : symbol.location.range;
		if (!range.contains(place)) continue;
		const inner = "children" in symbol ? innermost(symbol.children, place) : undefined;
		if (inner !== undefined) return inner;
		if (whole.has(symbol.kind)) return range;
	}
	return undefined;
}

function paragraph(document: vscode.TextDocument, line: number): vscode.Range {
	const isEmpty = (at: number) => document.lineAt(at).isEmptyOrWhitespace;
	let [first, last] = [line, line];
	while (first > 0 && !isEmpty(first - 1)) first--;
	while (last < document.lineCount - 1 && !isEmpty(last + 1)) last++;
	return new vscode.Range(new vscode.Position(first, 0), document.lineAt(last).range.end);
}
