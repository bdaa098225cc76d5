import * as vscode from "vscode";
import { levelCount } from "./levels.ts";
import type { Scores } from "./scores.ts";

/** Colours the tokens of documents by their surprisal. */
export interface Marks extends vscode.Disposable {
	show(editor: vscode.TextEditor, scores: Scores | undefined): void;
}

/** One decoration a level. A level is told by its underline too, so that no one depends on telling colours apart. */
const underlines = ["", "none", "dotted", "dashed", "solid"] as const;

export function createMarks(): Marks {
	const types = Array.from({ length: levelCount - 1 }, (_, index) => decorationOf(index + 1));
	return {
		show(editor, scores) {
			const { document } = editor;
			const levels = scores?.byLevel();
			for (const [index, type] of types.entries()) {
				const spans = levels?.[index + 1] ?? [];
				editor.setDecorations(
					type,
					spans.map(({ start, end }) => new vscode.Range(document.positionAt(start), document.positionAt(end))),
				);
			}
		},
		dispose() {
			for (const type of types) type.dispose();
		},
	};
}

function decorationOf(level: number): vscode.TextEditorDecorationType {
	const color = new vscode.ThemeColor(`maskwright.surprisal${level}Border`);
	return vscode.window.createTextEditorDecorationType({
		backgroundColor: new vscode.ThemeColor(`maskwright.surprisal${level}Background`),
		border: `0 ${underlines[level]}`,
		borderColor: color,
		borderWidth: "0 0 2px 0",
		rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
		...(level === levelCount - 1
			? { overviewRulerColor: color, overviewRulerLane: vscode.OverviewRulerLane.Right }
			: {}),
	});
}
