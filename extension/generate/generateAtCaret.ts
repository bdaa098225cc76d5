import * as vscode from "vscode";
import type { Generation } from "../../sidecar/protocol/generate.ts";
import { Dismissed } from "../commands/failures.ts";
import type { Ctx } from "../ctx.ts";
import { textAround } from "./nearText.ts";

/** Tokens at most; a blank line ends the text before. */
const longest = 64;

/** A part of the text comes after about so many milliseconds, so that the user sees it grow and can stop it. */
const partMilliseconds = 250;

/**
 * Goes on with the text at the caret, step by step, with what stands behind the caret as context; a selection is
 * replaced. All of it is one edit to undo. What was written stays when the user stops it, and a change by the user ends
 * it.
 */
export async function generateAtCaret(ctx: Ctx): Promise<void> {
	const { window, l10n } = vscode;
	const editor = window.activeTextEditor;
	if (editor === undefined) {
		void window.showInformationMessage(l10n.t("Open a file and put the caret where text is wanted."));
		throw new Dismissed();
	}
	const progress = {
		location: vscode.ProgressLocation.Notification,
		title: l10n.t("Generating text"),
		cancellable: true,
	};
	const outcome = await window.withProgress(progress, (_, token) => writeParts(ctx, editor, token));
	if (outcome === "nothing") {
		void window.showInformationMessage(l10n.t("The model ends the text here: nothing was written."));
	} else if (outcome === "refused") {
		void window.showWarningMessage(l10n.t("The text could not be written: the editor refused the change."));
	}
}

async function writeParts(
	ctx: Ctx,
	editor: vscode.TextEditor,
	token: vscode.CancellationToken,
): Promise<"written" | "nothing" | "refused"> {
	const { document, selection } = editor;
	const start = document.offsetAt(selection.start);
	const near = textAround(document, start, document.offsetAt(selection.end));
	const eol = document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
	let { version } = document;
	let length = document.getText(selection).length;
	let [emitted, text, parts] = [[] as number[], "", 0];
	const changedByUser = (): boolean =>
		document.version !== version || !vscode.window.visibleTextEditors.includes(editor);
	const write = async (last: boolean): Promise<boolean> => {
		const range = new vscode.Range(document.positionAt(start), document.positionAt(start + length));
		const stops = { undoStopBefore: parts === 1, undoStopAfter: last };
		if (!(await editor.edit((edit) => edit.replace(range, text), stops))) return false;
		[length, version] = [text.length, document.version];
		return true;
	};
	for (let done = false; !done && !token.isCancellationRequested; ) {
		const part: Generation = await ctx.sidecar.request(
			"generateText",
			{ ...near, tokens: longest, stop: "\n\n", emitted, milliseconds: partMilliseconds },
			token,
		);
		if (changedByUser()) break;
		({ emitted, done } = part);
		text = part.text.replaceAll(/\r?\n/g, eol);
		if (text === "") continue; // nothing yet, or nothing at all: a selection stays
		parts++;
		if (!(await write(done))) return "refused";
	}
	return parts === 0 ? "nothing" : "written";
}
