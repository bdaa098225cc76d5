import * as vscode from "vscode";
import { Dismissed } from "../commands/failures.ts";
import type { Ctx } from "../ctx.ts";
import { type InfillItem, pickInfill } from "./pickInfill.ts";
import { type InfillPlace, placeOfInfill } from "./placeOfInfill.ts";

/** Candidates that are drawn; equal ones are shown once. */
const candidates = 8;

/** Tokens that are offered first: PepMLM's own length of a binder, and a line of code. */
const usualTokens = { protein: 15, code: 12 } as const;

/** The most that a user may ask for: each takes a run of the model to be ranked by. */
const mostTokens = 128;

/**
 * Fills the rest of what the caret stands in (the arguments of a call, the body of a function) or the place of a binder
 * beside its target protein: candidates that were drawn at once, the most natural first, of which the user takes one.
 */
export async function infillRegion(ctx: Ctx): Promise<void> {
	const { window, l10n } = vscode;
	const editor = window.activeTextEditor;
	const place =
		editor === undefined ? l10n.t("Open a file and put the caret into a function.") : await placeOfInfill(editor);
	if (editor === undefined || typeof place === "string") {
		void window.showInformationMessage(typeof place === "string" ? place : "");
		throw new Dismissed();
	}
	const { document } = editor;
	const { version } = document;
	const tokens = await askTokens(place);
	const progress = {
		location: vscode.ProgressLocation.Notification,
		title: l10n.t("Filling {0}", place.name),
		cancellable: true,
	};
	const found = await window.withProgress(progress, (_, token) =>
		ctx.sidecar.request(
			"generateText",
			{ ...place.near, mode: "infill", tokens, candidates, whole: place.whole, letters: place.whole },
			token,
		),
	);
	const items = found.candidates.map(({ text, pseudoPerplexity }): InfillItem => {
		return { text: place.write(text), shown: text, pseudoPerplexity };
	});
	const chosen = await pickInfill(editor, { title: l10n.t("Infill {0}", place.name), range: place.range, items });
	if (chosen === undefined) throw new Dismissed();
	if (document.isClosed || document.version !== version) {
		void window.showInformationMessage(
			l10n.t("The text changed meanwhile, so nothing was filled. Run the command again."),
		);
		return;
	}
	const edit = new vscode.WorkspaceEdit();
	edit.replace(document.uri, place.range, chosen.text);
	if (await vscode.workspace.applyEdit(edit)) return;
	void window.showWarningMessage(l10n.t("The text could not be written: the editor refused the change."));
}

async function askTokens({ whole, name }: InfillPlace): Promise<number> {
	const { window, l10n } = vscode;
	const given = await window.showInputBox({
		title: l10n.t("Infill {0}", name),
		prompt: whole ? l10n.t("Amino acids of the binder") : l10n.t("Tokens to fill, a word or a sign each"),
		value: String(whole ? usualTokens.protein : usualTokens.code),
		validateInput: (text) =>
			/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= mostTokens
				? undefined
				: l10n.t("Write a number from 1 to {0}.", mostTokens),
	});
	if (given === undefined) throw new Dismissed();
	return Number(given);
}
