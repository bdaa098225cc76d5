import * as vscode from "vscode";
import { diskFolders } from "../search/codeIndex.ts";

/** Where a result stands, and how it is to be shown. */
interface Opening {
	readonly how: "preview" | "open" | "side";
	readonly folder: string;
	/** From the folder. */
	readonly path: string;
	readonly startLine: number;
	readonly endLine: number;
}

/** Whole lines in the colour that VS Code itself uses for what a search or a symbol leads to. */
const highlight = vscode.window.createTextEditorDecorationType({
	isWholeLine: true,
	backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
	borderStyle: "solid", // a bar at the left that only high contrast has a colour for
	borderWidth: "0 0 0 3px",
	borderColor: new vscode.ThemeColor("editor.rangeHighlightBorder"),
	overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.rangeHighlightForeground"),
});

/** Ends the highlight on show. */
let unlight: vscode.Disposable | undefined;

/** Shows a result in an editor with its lines highlighted, until the caret is moved there or another one is shown. */
export async function openResult({ how, folder, path, startLine, endLine }: Opening): Promise<void> {
	const root = diskFolders().find(({ uri }) => uri.fsPath === folder)?.uri ?? vscode.Uri.file(folder);
	const uri = vscode.Uri.joinPath(root, path);
	let document: vscode.TextDocument;
	try {
		document = await vscode.workspace.openTextDocument(uri);
	} catch {
		const sentence = vscode.l10n.t("{0} cannot be opened: it was moved, deleted or is no text.", path);
		void vscode.window.showWarningMessage(sentence);
		return;
	}
	const range = document.validateRange(new vscode.Range(startLine - 1, 0, endLine - 1, Number.MAX_SAFE_INTEGER));
	const editor = await vscode.window.showTextDocument(document, {
		preview: how !== "open",
		preserveFocus: how === "preview",
		viewColumn: how === "side" ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
		selection: new vscode.Range(range.start, range.start),
	});
	editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
	lightUp(editor, range);
}

function lightUp(editor: vscode.TextEditor, range: vscode.Range): void {
	unlight?.dispose();
	editor.setDecorations(highlight, [range]);
	const listening = vscode.Disposable.from(
		vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
			if (textEditor === editor && kind !== undefined && kind !== vscode.TextEditorSelectionChangeKind.Command) {
				unlight?.dispose();
			}
		}),
		vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
			if (document === editor.document && contentChanges.length > 0) unlight?.dispose();
		}),
	);
	unlight = {
		dispose: () => {
			listening.dispose();
			editor.setDecorations(highlight, []);
			unlight = undefined;
		},
	};
}
