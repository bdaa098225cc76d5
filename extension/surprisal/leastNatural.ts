import * as vscode from "vscode";
import { formatShare } from "../format.ts";
import { alternatives, type Scores } from "./scores.ts";

/** The most lines that the list shows. */
const mostLines = 100;

interface LineItem extends vscode.QuickPickItem {
	readonly line: number;
}

/** What the list is made from, as far as it is known. */
export interface LineSource {
	scores(): Scores | undefined;
	failure(): string | undefined;
	onChange(listener: () => void): vscode.Disposable;
}

/** Lists the lines that the model finds least natural, shows each as it is walked over, and goes to the chosen one. */
export async function chooseLine(editor: vscode.TextEditor, source: LineSource): Promise<void> {
	const { l10n, window } = vscode;
	const before = { selection: editor.selection, visible: editor.visibleRanges[0] };
	const pick = window.createQuickPick<LineItem>();
	pick.title = l10n.t("Least Natural Lines");
	pick.matchOnDetail = true;
	const update = (): void => {
		const scores = source.scores();
		const failure = source.failure();
		pick.busy = failure === undefined && scores?.end === undefined;
		pick.placeholder = failure ?? (pick.busy ? l10n.t("The model judges each token...") : l10n.t("A line to go to"));
		if (scores?.end !== undefined && pick.items.length === 0) pick.items = itemsOf(editor.document, scores);
	};
	const highlight = window.createTextEditorDecorationType({
		isWholeLine: true,
		backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
		border: "1px solid",
		borderColor: new vscode.ThemeColor("editor.rangeHighlightBorder"),
	});
	const disposables: vscode.Disposable[] = [pick, highlight, source.onChange(update)];
	try {
		const chosen = await new Promise<LineItem | undefined>((resolve) => {
			disposables.push(
				pick.onDidChangeActive(([item]) => {
					if (item === undefined) return;
					const range = editor.document.lineAt(item.line).range;
					editor.setDecorations(highlight, [range]);
					editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
				}),
				pick.onDidAccept(() => resolve(pick.selectedItems[0])),
				pick.onDidHide(() => resolve(undefined)),
			);
			update();
			pick.show();
		});
		if (chosen === undefined) {
			if (before.visible !== undefined) editor.revealRange(before.visible, vscode.TextEditorRevealType.AtTop);
			return;
		}
		const { firstNonWhitespaceCharacterIndex } = editor.document.lineAt(chosen.line);
		const caret = new vscode.Position(chosen.line, firstNonWhitespaceCharacterIndex);
		editor.selection = new vscode.Selection(caret, caret);
		editor.revealRange(new vscode.Range(caret, caret), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
		await window.showTextDocument(editor.document, editor.viewColumn);
	} finally {
		for (const disposable of disposables) disposable.dispose();
	}
}

function itemsOf(document: vscode.TextDocument, scores: Scores): LineItem[] {
	const lines = scores.end?.lines ?? [];
	return lines
		.filter(({ line }) => line <= document.lineCount && !document.lineAt(line - 1).isEmptyOrWhitespace)
		.slice(0, mostLines)
		.map(({ line, surprisal }) => {
			const { text, range } = document.lineAt(line - 1);
			const place = vscode.l10n.t("line {0}, {1} bits a token", line, surprisal.toFixed(1));
			const worst = worstOf(document, scores, range);
			// Behind a long line there is no room for a description.
			return { label: text.trim(), detail: [place, ...(worst ?? [])].join(" · "), line: line - 1 };
		});
}

/** The most surprising token of a line, and what was expected there. */
function worstOf(document: vscode.TextDocument, scores: Scores, range: vscode.Range): [string] | undefined {
	const span = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
	const tokens = scores.within(span).filter(({ text }) => text.trim() !== "");
	const [worst] = tokens.sort((a, b) => b.surprisal - a.surprisal);
	const [best] = worst === undefined ? [] : alternatives(worst);
	if (worst === undefined || best === undefined || worst.rank === 1) return undefined;
	return [vscode.l10n.t("{0}: expected {1} ({2})", worst.text.trim(), best.text, formatShare(best.probability))];
}
