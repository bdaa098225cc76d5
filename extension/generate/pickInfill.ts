import * as vscode from "vscode";
import { createGhosts } from "../fill/previewFills.ts";

export interface InfillItem {
	/** What is written. */
	readonly text: string;
	/** What the model made of it. */
	readonly shown: string;
	readonly pseudoPerplexity: number | null;
}

interface PickItem extends vscode.QuickPickItem {
	readonly item: InfillItem;
}

/** Shows the candidates with each in the editor as it is looked at; undefined when the user takes none. */
export async function pickInfill(
	editor: vscode.TextEditor,
	{
		title,
		range,
		items,
	}: { readonly title: string; readonly range: vscode.Range; readonly items: readonly InfillItem[] },
): Promise<InfillItem | undefined> {
	const pick = vscode.window.createQuickPick<PickItem>();
	pick.title = title;
	pick.placeholder = vscode.l10n.t("Enter writes the text, Escape writes none");
	pick.matchOnDetail = true;
	pick.items = items.map((item) => {
		const label = item.shown.replaceAll(/\s+/g, " ").trim() || vscode.l10n.t("(blank)");
		const score = item.pseudoPerplexity?.toFixed(2) ?? "–";
		const detail = inPlace(editor.document, range, item.text);
		return { label, description: vscode.l10n.t("pseudo-perplexity {0}", score), detail, item };
	});
	const ghosts = createGhosts(editor);
	const disposables: vscode.Disposable[] = [pick, ghosts];
	try {
		return await new Promise((resolve) => {
			disposables.push(
				pick.onDidChangeActive(([active]) => {
					ghosts.show(active === undefined ? [] : [{ range, fill: active.item.text }]);
					editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
				}),
				pick.onDidAccept(() => resolve(pick.activeItems[0]?.item)),
				pick.onDidHide(() => resolve(undefined)),
			);
			pick.show();
		});
	} finally {
		for (const disposable of disposables) disposable.dispose();
	}
}

/** The line with the text in it, since the list may cover the place in the editor. */
function inPlace(document: vscode.TextDocument, { start, end }: vscode.Range, text: string): string {
	const before = document.lineAt(start.line).text.slice(0, start.character);
	const after = document.lineAt(end.line).text.slice(end.character);
	return `${before}${text}${after}`.replaceAll(/\s+/g, " ").trim();
}
