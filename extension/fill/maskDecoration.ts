import * as vscode from "vscode";

/** Strikes masks out in an editor. */
export interface MaskDecoration extends vscode.Disposable {
	/** Strikes out these and no others. */
	show(editor: vscode.TextEditor, masks: readonly vscode.Range[]): void;
}

/**
 * A mask is struck out, never hidden: whatever fails, the text on the screen is the text of the file. It is dimmed as
 * well, but for high contrast, which has no half tones.
 */
export function createMaskDecoration(): MaskDecoration {
	const struck = maskDecorationType({ textDecoration: "line-through" });
	const dimmed = maskDecorationType({ opacity: "0.65" });
	return {
		show(editor, masks) {
			editor.setDecorations(struck, masks);
			editor.setDecorations(dimmed, isHighContrast() ? [] : masks);
		},
		dispose() {
			struck.dispose();
			dimmed.dispose();
		},
	};
}

/** Whether the window is shown in a high contrast theme. */
export function isHighContrast(): boolean {
	const { HighContrast, HighContrastLight } = vscode.ColorThemeKind;
	const { kind } = vscode.window.activeColorTheme;
	return kind === HighContrast || kind === HighContrastLight;
}

/** A decoration that does not grow with what is typed beside it. */
export function maskDecorationType(options: vscode.DecorationRenderOptions): vscode.TextEditorDecorationType {
	const rangeBehavior = vscode.DecorationRangeBehavior.ClosedClosed;
	return vscode.window.createTextEditorDecorationType({ ...options, rangeBehavior });
}
