import * as vscode from "vscode";

/** Whether an editor shows a document that can be inspected, and not the log or a comment being written. */
export function isCode(editor: vscode.TextEditor | undefined): editor is vscode.TextEditor {
	const scheme = editor?.document.uri.scheme;
	return scheme !== undefined && scheme !== "output" && scheme !== "comment";
}

/** The span of a range in UTF-16 code units of the document. */
export function spanOf(document: vscode.TextDocument, { start, end }: vscode.Range): { start: number; end: number } {
	return { start: document.offsetAt(start), end: document.offsetAt(end) };
}

/** Selects a span of a document where it is open, else beside the panel; with `focus` the editor takes the keys. */
export async function revealSpan(
	document: vscode.TextDocument,
	{ span, focus }: { span: { start: number; end: number }; focus: boolean },
): Promise<void> {
	const selection = new vscode.Range(document.positionAt(span.start), document.positionAt(span.end));
	const shown = vscode.window.visibleTextEditors.find((one) => one.document === document);
	const viewColumn = shown?.viewColumn ?? vscode.ViewColumn.Beside;
	const editor = await vscode.window.showTextDocument(document, { viewColumn, preserveFocus: !focus, selection });
	editor.revealRange(selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
