import * as vscode from "vscode";
import { editorOf } from "./commitFill.ts";
import { touchedRange } from "./offeredMask.ts";

/** A range as LSP writes it. */
interface PlainRange {
	readonly start: { readonly line: number; readonly character: number };
	readonly end: { readonly line: number; readonly character: number };
}

/**
 * Writes a fill in a mask's place, as one undo step: the Replace link of a hover. A hover may outlive the text that
 * it was made for, so nothing is written unless the range is still a mask.
 */
export async function replaceMask(uri: string, plain: PlainRange, fill: string): Promise<void> {
	const editor = editorOf(uri);
	if (editor === undefined) return;
	const { document } = editor;
	const range = new vscode.Range(
		new vscode.Position(plain.start.line, plain.start.character),
		new vscode.Position(plain.end.line, plain.end.character),
	);
	const mask = range.start.line < document.lineCount ? touchedRange(document, range.end) : undefined;
	if (mask?.isEqual(range) !== true) {
		void vscode.window.showInformationMessage(
			vscode.l10n.t("The mask is not there any more, so nothing was replaced."),
		);
		return;
	}
	const done = await editor.edit((builder) => builder.replace(range, fill));
	if (!done) {
		void vscode.window.showWarningMessage(vscode.l10n.t("The mask could not be replaced: this editor is read-only."));
		return;
	}
	const caret = document.positionAt(document.offsetAt(range.start) + fill.length);
	editor.selection = new vscode.Selection(caret, caret);
	await vscode.window.showTextDocument(document, editor.viewColumn);
}
