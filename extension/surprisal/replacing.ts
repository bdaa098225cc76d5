import * as vscode from "vscode";
import { formatShare } from "../format.ts";
import { markdown } from "../views/viewParts.ts";
import { findingMark } from "./findings.ts";
import { alternatives, type Scores } from "./scores.ts";
import { replacementOf, replaceTokenCommand, type TokenReplacement, tokenHover } from "./tokenHover.ts";

/** Replacements that a quick fix offers. */
const mostFixes = 3;

/** The hover over a token, the quick fixes of a finding, and the command behind both. */
export function registerReplacing(scoresOf: (document: vscode.TextDocument) => Scores | undefined): vscode.Disposable {
	const { languages, commands, l10n } = vscode;
	const tokenAt = (document: vscode.TextDocument, position: vscode.Position) => {
		return scoresOf(document)?.at(document.offsetAt(position));
	};
	return vscode.Disposable.from(
		commands.registerCommand("maskwright.replaceToken", replaceToken),
		languages.registerHoverProvider("*", {
			provideHover(document, position) {
				const token = tokenAt(document, position);
				if (token === undefined || token.text.trim() === "") return undefined;
				const text = tokenHover(token, { uri: document.uri.toString(), l10n });
				const range = new vscode.Range(document.positionAt(token.start), document.positionAt(token.end));
				return new vscode.Hover(markdown(text, [replaceTokenCommand]), range);
			},
		}),
		languages.registerCodeActionsProvider(
			"*",
			{
				provideCodeActions(document, _range, { diagnostics }) {
					const own = diagnostics.filter(({ source, code }) => {
						return source === findingMark.source && code === findingMark.code;
					});
					return own.flatMap((finding) => fixesOf(document, finding, tokenAt(document, finding.range.start)));
				},
			},
			{ providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
		),
	);
}

function fixesOf(
	document: vscode.TextDocument,
	finding: vscode.Diagnostic,
	token: ReturnType<Scores["at"]>,
): vscode.CodeAction[] {
	if (token === undefined) return [];
	return alternatives(token)
		.slice(0, mostFixes)
		.flatMap(({ text, probability }) => {
			const replacement = replacementOf(token, { uri: document.uri.toString(), text });
			if (replacement === undefined) return [];
			const title = vscode.l10n.t("Replace with {0} ({1})", text, formatShare(probability));
			const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
			action.diagnostics = [finding];
			action.command = { title, command: replaceTokenCommand, arguments: [replacement] };
			return [action];
		});
}

/** Writes a text in a token's place as one undo step, if the token still stands there. */
async function replaceToken({ uri, start, end, stands, text }: TokenReplacement): Promise<void> {
	const { l10n, window, workspace } = vscode;
	const document = workspace.textDocuments.find((other) => other.uri.toString() === uri);
	if (document === undefined) return;
	const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
	if (document.getText(range) !== stands) {
		void window.showInformationMessage(l10n.t("The text has changed there, so nothing was replaced."));
		return;
	}
	const edit = new vscode.WorkspaceEdit();
	edit.replace(document.uri, range, text);
	if (await workspace.applyEdit(edit)) return;
	void window.showWarningMessage(l10n.t("The text could not be replaced: this editor is read-only."));
}
