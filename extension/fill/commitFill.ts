import * as vscode from "vscode";
import { masksToDelete } from "./commitEdits.ts";
import type { CommittedFill } from "./middleware.ts";
import { goToNextMask } from "./nextMask.ts";

/** How often a mask is tried to be deleted while the user types on. */
const attempts = 8;

/**
 * Deletes the mask of an accepted fill. VS Code runs this right after it has inserted the fill, and as no undo stop
 * lies between the two, one undo brings the mask back. Resolves to whether the mask is gone.
 */
export async function commitFill({ uri, line, character, mask, fill }: CommittedFill): Promise<boolean> {
	const editor = editorOf(uri);
	if (editor === undefined) return false;
	const { document } = editor;
	for (let attempt = 1; attempt <= attempts; attempt++) {
		const start = document.offsetAt(new vscode.Position(line, character));
		const carets = editor.selections.map(({ active }) => document.offsetAt(active));
		const masks = masksToDelete(document.getText(), { mask, fill, start }, carets);
		if (masks.length === 0) return false;
		const ranges = masks.map(
			(span) => new vscode.Range(document.positionAt(span.start), document.positionAt(span.end)),
		);
		const deleteMasks = (builder: vscode.TextEditorEdit) => {
			for (const range of ranges) builder.delete(range);
		};
		if (await editor.edit(deleteMasks, { undoStopBefore: false, undoStopAfter: true })) {
			if (editor.selections.length === 1) goToNextMask(editor);
			return true;
		}
		await changeOf(document, 15 * attempt); // the text had changed meanwhile: look again
	}
	return false;
}

/**
 * Resolves once the document has changed, as VS Code then knows what the user typed, or after some milliseconds. The
 * sooner the mask goes, the fewer letters stand between it and its fill in the history of undo.
 */
function changeOf(document: vscode.TextDocument, milliseconds: number): Promise<void> {
	return new Promise((resolve) => {
		const done = (): void => {
			clearTimeout(timer);
			listening.dispose();
			resolve();
		};
		const timer = setTimeout(done, milliseconds);
		const listening = vscode.workspace.onDidChangeTextDocument((change) => {
			if (change.document === document && change.contentChanges.length > 0) done();
		});
	});
}

/** The editor that shows a document, the active one first. */
export function editorOf(uri: string): vscode.TextEditor | undefined {
	const { activeTextEditor, visibleTextEditors } = vscode.window;
	return [activeTextEditor, ...visibleTextEditors].find((editor) => editor?.document.uri.toString() === uri);
}
