import { stat } from "node:fs/promises";
import * as vscode from "vscode";
import { Dismissed } from "./failures.ts";

/**
 * The folder to train on: the one that was clicked, the only one of the workspace, or the one that is chosen.
 * Undefined when there is none, after a sentence that says what to do. Throws `Dismissed`.
 */
export async function trainFolder(clicked: unknown): Promise<vscode.Uri | undefined> {
	const { l10n, window, workspace, commands } = vscode;
	if (!workspace.isTrusted) {
		const manage = l10n.t("Manage Workspace Trust");
		const sentence = l10n.t("Training reads every file of a folder and is off until you trust it.");
		if ((await window.showWarningMessage(sentence, manage)) === manage) {
			await commands.executeCommand("workbench.trust.manage");
		}
		return undefined;
	}
	const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
	if (clicked instanceof vscode.Uri && clicked.scheme === "file") return await nearestFolder(clicked);
	if (folders.length === 0) {
		const open = l10n.t("Open Folder");
		const sentence =
			workspace.workspaceFolders === undefined
				? l10n.t("There is no folder to train on. Open a folder of code first.")
				: l10n.t("Training needs files on a disk, and this workspace has none. Open a folder of code.");
		if ((await window.showInformationMessage(sentence, open)) === open) {
			await commands.executeCommand("vscode.openFolder");
		}
		return undefined;
	}
	if (folders.length === 1) return folders[0]?.uri;
	const rows = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, uri: folder.uri }));
	const chosen = await window.showQuickPick(rows, {
		title: l10n.t("Train a Model"),
		placeHolder: l10n.t("The folder to train on"),
	});
	if (chosen === undefined) throw new Dismissed();
	return chosen.uri;
}

/** A file that was clicked stands for the folder that it lies in. */
async function nearestFolder(uri: vscode.Uri): Promise<vscode.Uri> {
	const found = await stat(uri.fsPath);
	return found.isDirectory() ? uri : vscode.Uri.joinPath(uri, "..");
}
