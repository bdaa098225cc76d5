import * as vscode from "vscode";
import { type NearText, textAround } from "./nearText.ts";
import { restOfBrackets } from "./region.ts";
import { fastaTarget, holdsTargets, type NoTarget, tableTarget } from "./targets.ts";

/** What is filled, and what the model is shown around it. */
export interface InfillPlace {
	readonly range: vscode.Range;
	readonly near: NearText;
	/** Whether the model must see all of it, as of a protein. */
	readonly whole: boolean;
	/** As shown to the user. */
	readonly name: string;
	/** What is written for a candidate. */
	write(text: string): string;
}

/** The place that the caret points at; a sentence where it points at none. */
export async function placeOfInfill(editor: vscode.TextEditor): Promise<InfillPlace | string> {
	const { document, selection } = editor;
	const records = holdsTargets(document.uri.path);
	if (records !== undefined) return placeOfBinder(document, records, selection.active.line);
	const caret = document.offsetAt(selection.start);
	const end = selection.isEmpty ? await regionEnd(document, selection.active) : document.offsetAt(selection.end);
	if (end === undefined) {
		return vscode.l10n.t("Put the caret into a function, a call or brackets, or select what is to be filled anew.");
	}
	return {
		range: new vscode.Range(document.positionAt(caret), document.positionAt(end)),
		near: textAround(document, caret, end),
		whole: false,
		name: vscode.l10n.t("line {0}", selection.start.line + 1),
		write: (text) => text,
	};
}

function placeOfBinder(document: vscode.TextDocument, records: "fasta" | "table", line: number): InfillPlace | string {
	const text = document.getText();
	const target = records === "fasta" ? fastaTarget(text, line) : tableTarget(text, line);
	if ("missing" in target) return sentenceOf(target);
	const { name, sequence, start, end, write } = target;
	return {
		range: new vscode.Range(document.positionAt(start), document.positionAt(end)),
		near: { before: sequence, after: "" },
		whole: true,
		name: vscode.l10n.t("a binder for {0}", name),
		write,
	};
}

function sentenceOf(target: NoTarget): string {
	const { l10n } = vscode;
	if (target.missing === "record") return l10n.t("Put the caret on the line of a target protein.");
	if (target.missing === "sequence")
		return l10n.t("There is no sequence in {0}: write its amino acids first.", target.name);
	const { letter, line, column } = target;
	return l10n.t("Line {0}, column {1}: {2} is no letter of an amino acid. Correct it first.", line, column, letter);
}

/** The end of the brackets around the caret, or of the function, where no brackets end a body. */
async function regionEnd(document: vscode.TextDocument, caret: vscode.Position): Promise<number | undefined> {
	const text = document.getText();
	const offset = document.offsetAt(caret);
	const brackets = restOfBrackets(text, offset);
	if (brackets !== undefined) return brackets.end;
	const symbols = await vscode.commands.executeCommand<
		(vscode.DocumentSymbol | vscode.SymbolInformation)[] | undefined
	>("vscode.executeDocumentSymbolProvider", document.uri);
	const range = innermost(symbols ?? [], caret);
	if (range === undefined) return undefined;
	const end = document.offsetAt(range.end);
	return offset + text.slice(offset, end).trimEnd().length;
}

function innermost(
	symbols: readonly (vscode.DocumentSymbol | vscode.SymbolInformation)[],
	caret: vscode.Position,
): vscode.Range | undefined {
	for (const symbol of symbols) {
		const range = "range" in symbol ? symbol.range : symbol.location.range;
		if (range.contains(caret)) return ("children" in symbol ? innermost(symbol.children, caret) : undefined) ?? range;
	}
	return undefined;
}
