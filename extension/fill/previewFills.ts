import * as vscode from "vscode";
import { createMaskDecoration, isHighContrast, maskDecorationType } from "./maskDecoration.ts";

/** A mask and what is to stand in its place. */
export interface PlannedFill {
	readonly range: vscode.Range;
	readonly fill: string;
	/** Between 0 and 1. */
	readonly probability: number;
}

interface FillItem extends vscode.QuickPickItem {
	readonly planned: PlannedFill;
}

/**
 * Shows all fills, in the editor behind their struck-out masks and as a list with a check mark each. Resolves to those
 * that the user keeps; undefined when the user gives up or the text changes.
 */
export async function previewFills(
	editor: vscode.TextEditor,
	title: string,
	fills: readonly PlannedFill[],
): Promise<readonly PlannedFill[] | undefined> {
	const { document } = editor;
	const pick = vscode.window.createQuickPick<FillItem>();
	pick.title = title;
	pick.placeholder = vscode.l10n.t("Enter writes the checked fills, Escape writes none");
	pick.canSelectMany = true;
	pick.ignoreFocusOut = true;
	pick.matchOnDescription = true;
	pick.matchOnDetail = true;
	pick.items = fills.map((planned) => itemOf(document, planned));
	pick.selectedItems = pick.items;
	const ghosts = createGhosts(editor);
	ghosts.show(fills);
	const disposables: vscode.Disposable[] = [pick, ghosts];
	try {
		return await new Promise((resolve) => {
			disposables.push(
				pick.onDidChangeSelection((items) => ghosts.show(items.map(({ planned }) => planned))),
				pick.onDidChangeActive(([item]) => {
					if (item !== undefined) editor.revealRange(item.planned.range, inCenter);
				}),
				pick.onDidAccept(() => resolve(pick.selectedItems.map(({ planned }) => planned))),
				pick.onDidHide(() => resolve(undefined)),
				vscode.workspace.onDidChangeTextDocument(({ document: changed, contentChanges }) => {
					if (changed === document && contentChanges.length > 0) resolve(undefined);
				}),
			);
			pick.show();
		});
	} finally {
		for (const disposable of disposables) disposable.dispose();
	}
}

const inCenter = vscode.TextEditorRevealType.InCenter;

function itemOf(document: vscode.TextDocument, planned: PlannedFill): FillItem {
	const { range, fill, probability } = planned;
	const { text } = document.lineAt(range.start.line);
	const detail = `${text.slice(0, range.start.character)}${fill}${text.slice(range.end.character)}`;
	const share = probability < 0.005 ? "< 1 %" : `${Math.round(100 * probability)} %`;
	const description = vscode.l10n.t("line {0}, {1}", range.start.line + 1, share);
	return { label: fill, description, detail: detail.trim(), planned };
}

/** Fills behind their struck-out masks, as VS Code shows the one at the caret. */
export function createGhosts(editor: vscode.TextEditor) {
	const struck = createMaskDecoration();
	const behind = maskDecorationType({});
	// High contrast themes give ghost text no colour of its own.
	const color = new vscode.ThemeColor(isHighContrast() ? "editor.foreground" : "editorGhostText.foreground");
	return {
		show(fills: readonly Pick<PlannedFill, "range" | "fill">[]): void {
			const decorations = fills.map(({ range, fill }) => ({
				range,
				renderOptions: { after: { contentText: fill.replaceAll(/\s+/g, " "), fontStyle: "italic", color } },
			}));
			struck.show(
				editor,
				fills.map(({ range }) => range),
			);
			editor.setDecorations(behind, decorations);
		},
		dispose(): void {
			struck.dispose();
			behind.dispose();
		},
	};
}
