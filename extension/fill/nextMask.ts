import * as vscode from "vscode";
import { ownMask, soundMasks } from "../../sidecar/protocol/masks.ts";

/** Puts the caret behind the next mask of the document, if the user has set `maskwright.jumpToNextMask`. */
export function goToNextMask(editor: vscode.TextEditor): void {
	const { document, selection } = editor;
	if (!vscode.workspace.getConfiguration("maskwright", document).get<boolean>("jumpToNextMask")) return;
	for (let line = selection.active.line; line < document.lineCount; line++) {
		const from = line === selection.active.line ? selection.active.character : 0;
		const mask = soundMasks(document.lineAt(line).text, ownMask).find(({ start }) => start >= from);
		if (mask === undefined) continue;
		const caret = new vscode.Position(line, mask.end);
		editor.selection = new vscode.Selection(caret, caret);
		editor.revealRange(new vscode.Range(caret, caret));
		return;
	}
}
